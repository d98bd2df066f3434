import { aProfile } from "@sallyport/testkit";
import { classified } from "../an-api.conformance.ts";
import {
  anAzureJit,
  GROUP,
  SECURITY,
  VERSION,
  asked,
  at,
  bodyOf,
  idOfVm,
  ssh,
  vmNamed,
} from "./an-azure-jit.conformance.ts";

const { call, put, facts, ours } = anAzureJit();

describe("who may not", () => {
  it.each<readonly [string, string, string, "rita" | "nora", string]>([
    ["PUT", at("default"), "Microsoft.Security/locations/jitNetworkAccessPolicies/write", "rita", "vm-1"],
    ["PUT", at("default"), "Microsoft.Security/locations/jitNetworkAccessPolicies/write", "nora", "vm-1"],
    ["PUT", at("default"), "Microsoft.Security/locations/jitNetworkAccessPolicies/write", "nora", "vm-99"],
    ["DELETE", at("default"), "Microsoft.Security/locations/jitNetworkAccessPolicies/delete", "rita", ""],
    ["DELETE", at("nothing"), "Microsoft.Security/locations/jitNetworkAccessPolicies/delete", "nora", ""],
    ["GET", at("default"), "Microsoft.Security/locations/jitNetworkAccessPolicies/read", "nora", ""],
    ["GET", at("nothing"), "Microsoft.Security/locations/jitNetworkAccessPolicies/read", "nora", ""],
    [
      "POST",
      `${at("default")}/initiate`,
      "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action",
      "nora",
      "vm-99",
    ],
  ])("%s %s is told of %s", async (method, path, action, as, name) => {
    await put("default", bodyOf("vm-1"));
    const before = await facts();
    const body = method === "PUT" ? bodyOf(name) : method === "POST" ? asked({}, name) : undefined;
    const answer = await call(method, path, { as, body });
    expect([answer.status, answer.body.error.code]).toEqual([403, "AuthorizationFailed"]);
    expect(answer.body.error.message).toContain(`perform action '${action}' over scope '`);
    expect(await facts()).toEqual(before);
  });

  it("removes no policy by leaving its VM out, and then writes nothing of the rest", async () => {
    await put("default", bodyOf("vm-1", "vm-2"));
    const before = await facts();
    const answer = await put("default", bodyOf("vm-2", "vm-3"), { as: "dana" });
    expect([answer.status, answer.body.error.code]).toEqual([403, "DenyAssignmentAuthorizationFailed"]);
    expect(await facts()).toEqual(before);
    expect((await put("default", bodyOf("vm-1", "vm-2", "vm-3"), { as: "dana" })).status).toBe(200);
  });

  it("is not told of the policies of others in a list", async () => {
    await put("default", bodyOf("vm-1"));
    expect((await call("GET", `${GROUP}/${SECURITY}/jitNetworkAccessPolicies`, { as: "nora" })).body).toEqual({
      value: [],
    });
    expect(
      (await call("GET", `${GROUP}/${SECURITY}/jitNetworkAccessPolicies`, { as: "rita" })).body.value,
    ).toHaveLength(1);
  });

  it("says no token, and a bad one, as Resource Manager does", async () => {
    for (const [authorization, code] of [
      [undefined, "AuthenticationFailed"],
      ["Bearer x.y.z", "InvalidAuthenticationToken"],
    ] as const) {
      const response = await fetch(`${ours().url}${at("default")}?${VERSION}`, {
        headers: authorization ? { authorization } : {},
      });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
      expect(await response.json()).toMatchObject({ error: { code } });
    }
  });
});

describe("bad input", () => {
  const withVms = (...virtualMachines: readonly unknown[]) => ({ kind: "Basic", properties: { virtualMachines } });
  const vm1 = { id: idOfVm("vm-1"), ports: [ssh] };
  it.each<readonly [string, () => unknown, number, string]>([
    ["5,000 VMs", () => bodyOf(...Array.from({ length: 5000 }, (_, n) => `vm-${n}`)), 400, "InvalidRequestContent"],
    ["5 MB", () => ({ ...bodyOf("vm-1"), padding: "x".repeat(5_000_000) }), 413, "RequestContentTooLarge"],
    [
      "a VM twice, in another case",
      () => withVms(vm1, { ...vm1, id: vm1.id.toUpperCase() }),
      400,
      "InvalidRequestContent",
    ],
    ["an id that is none", () => withVms(vm1, { ...vm1, id: "vm-2" }), 400, "LinkedInvalidPropertyId"],
    [
      "the id of something else",
      () => withVms(vm1, { ...vm1, id: `${GROUP}/providers/Microsoft.Network/networkSecurityGroups/x` }),
      400,
      "LinkedInvalidPropertyId",
    ],
    [
      "an instance of an account that is not connected",
      () =>
        withVms(vm1, {
          ...vm1,
          id: `${GROUP}/providers/Microsoft.Security/securityConnectors/x/securityentitydata/aws-ec2-instance-i-0123456789abcdef0-eu-west-1`,
        }),
      400,
      "LinkedInvalidPropertyId",
    ],
    ["a VM that is not there", () => bodyOf("vm-1", "vm-99"), 404, "ResourceNotFound"],
    [
      "a VM of another group",
      () => withVms(vm1, { ...vm1, id: idOfVm("vm-9", `${GROUP}-2`) }),
      400,
      "InvalidRequestContent",
    ],
    ["no VM", () => withVms(), 400, "InvalidRequestContent"],
    ["no properties", () => ({ kind: "Basic" }), 400, "InvalidRequestContent"],
    ["another kind", () => ({ ...bodyOf("vm-1"), kind: "Premium" }), 400, "InvalidRequestContent"],
    ["an empty protocol", () => withVms({ ...vm1, ports: [{ ...ssh, protocol: "" }] }), 400, "InvalidRequestContent"],
    ["port 0", () => withVms({ ...vm1, ports: [{ ...ssh, number: 0 }] }), 400, "InvalidRequestContent"],
    ["a port twice", () => withVms(vm1, { id: idOfVm("vm-2"), ports: [ssh, ssh] }), 400, "InvalidRequestContent"],
    [
      "two days",
      () => withVms({ ...vm1, ports: [{ ...ssh, maxRequestAccessDuration: "P2D" }] }),
      400,
      "InvalidRequestContent",
    ],
    [
      "one minute",
      () => withVms(vm1, { id: idOfVm("vm-2"), ports: [{ ...ssh, maxRequestAccessDuration: "PT1M" }] }),
      400,
      "InvalidRequestContent",
    ],
    [
      "a service tag",
      () => withVms({ ...vm1, ports: [{ ...ssh, allowedSourceAddressPrefix: "Internet" }] }),
      400,
      "InvalidRequestContent",
    ],
    [
      "a misspelt limit",
      () => withVms({ ...vm1, ports: [{ ...ssh, allowedSourceAddresPrefix: "10.0.0.0/8" }] }),
      400,
      "InvalidRequestContent",
    ],
    ["null", () => null, 400, "InvalidRequestContent"],
  ])("(%s) is refused in Azure's words, and nothing is written", async (_what, body, status, code) => {
    await ours().tell(classified(aProfile({ vm: vmNamed("vm-9", `${GROUP}-2`) })));
    const answer = await put("default", body());
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(answer.body.error.message).not.toBe("");
    expect(await facts()).toEqual([]);
  });

  it.each(["{", "", "\u0000", '{"a":'])("(%j) is no JSON, and is refused", async (raw) => {
    for (const [method, path] of [
      ["PUT", at("default")],
      ["POST", `${at("default")}/initiate`],
    ] as const) {
      const answer = await call(method, path, { raw });
      expect(answer.status).toBe(400);
      expect(answer.body.error.code).toMatch(/^Invalid(RequestContent|InitiateInput)$/);
    }
  });

  it.each([
    ["", "MissingApiVersionParameter"],
    ["?api-version=", "MissingApiVersionParameter"],
    ["?api-version=2019-01-01", "InvalidApiVersionParameter"],
    ["?api-version=tomorrow", "InvalidApiVersionParameter"],
  ])("(%j as a version) is refused on every path", async (query, code) => {
    const paths = [at("default"), `${GROUP}/${SECURITY}/jitNetworkAccessPolicies`, `${GROUP}/${SECURITY}/assessments`];
    for (const path of paths)
      expect(await ours().call("GET", `${path}${query}`)).toMatchObject({ status: 400, body: { error: { code } } });
  });

  it("(a method that is not known) is refused", async () => {
    for (const [method, path] of [
      ["PATCH", at("default")],
      ["PUT", `${GROUP}/${SECURITY}/assessments/x`],
      ["DELETE", `${GROUP}/${SECURITY}/jitNetworkAccessPolicies`],
    ] as const)
      expect((await call(method, path, { body: {} })).body.error.code).toBe("MethodNotAllowed");
  });
});
