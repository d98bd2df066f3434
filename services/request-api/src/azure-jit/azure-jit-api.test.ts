import { plusSeconds, VmRef } from "@sallyport/contracts";
import type { Access, Fact } from "@sallyport/contracts";
import { aProfile, aVm } from "@sallyport/testkit";
import { aFinding, anApi, classified, idOf, keyOf } from "../an-api.conformance.ts";
import type { ApiUnderTest, CallOptions, Said } from "../an-api.conformance.ts";

const SUBSCRIPTION = "6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001";
const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-shop`;
const SECURITY = "providers/Microsoft.Security";
const VERSION = "api-version=2020-01-01";
const at = (name: string, group = GROUP) =>
  `${group}/${SECURITY}/locations/westeurope/jitNetworkAccessPolicies/${name}`;
const vmNamed = (name: string, group = GROUP) =>
  VmRef.parse(`${group}/providers/Microsoft.Compute/virtualMachines/${name}`);
const idOfVm = (name: string, group = GROUP) => `${group}/providers/Microsoft.Compute/virtualMachines/${name}`;
const ssh = {
  number: 22,
  protocol: "TCP",
  allowedSourceAddressPrefix: "203.0.113.0/24",
  maxRequestAccessDuration: "PT3H",
};
const bodyOf = (...names: readonly string[]) => ({
  kind: "Basic",
  properties: { virtualMachines: names.map((name) => ({ id: idOfVm(name), ports: [ssh] })) },
});
const asked = (port: object = {}, name = "vm-1") => ({
  virtualMachines: [
    { id: idOfVm(name), ports: [{ number: 22, duration: "PT1H", allowedSourceAddressPrefix: "203.0.113.7", ...port }] },
  ],
});

let api: ApiUnderTest;
beforeEach(async () => {
  api = await anApi();
  await api.tell(...["vm-1", "vm-2", "vm-3"].map((name) => classified(aProfile({ vm: vmNamed(name) }))));
});
afterEach(() => api.close());

const call = (method: string, path: string, options: CallOptions = {}): Promise<Said> =>
  api.call(method, `${path}${path.includes("?") ? "&" : "?"}${VERSION}`, options);
const put = (name: string, body: unknown, options: CallOptions = {}) => call("PUT", at(name), { body, ...options });
const namesIn = ({ body }: Said): readonly string[] =>
  body.properties.virtualMachines.map(({ id }: { readonly id: string }) => id.slice(id.lastIndexOf("/") + 1));
const facts = async () => (await api.published()).map(({ type, subject }) => `${type} ${subject.split("/").at(-1)}`);

describe("the eight operations", () => {
  it("make, show, list, change and delete a policy", async () => {
    expect((await call("GET", at("default"))).status).toBe(404);
    expect((await call("DELETE", at("default"))).status).toBe(204);
    const made = await put("default", bodyOf("vm-1", "vm-2"));
    expect(made).toMatchObject({
      status: 200,
      body: {
        id: at("default"),
        name: "default",
        type: "Microsoft.Security/locations/jitNetworkAccessPolicies",
        kind: "Basic",
        location: "westeurope",
        properties: { provisioningState: "Succeeded", requests: [] },
      },
    });
    expect(made.body.properties.virtualMachines).toEqual(bodyOf("vm-1", "vm-2").properties.virtualMachines);
    const scopes = [`/subscriptions/${SUBSCRIPTION}/${SECURITY}`, `${GROUP}/${SECURITY}`];
    for (const path of scopes.flatMap((one) => [one, `${one}/locations/westeurope`])) {
      const listed = await call("GET", `${path}/jitNetworkAccessPolicies`);
      expect(listed.body).toEqual({ value: [(await call("GET", at("default"))).body] });
    }
    for (const path of [`${GROUP}/${SECURITY}/locations/northeurope`, `${GROUP}-2/${SECURITY}`])
      expect((await call("GET", `${path}/jitNetworkAccessPolicies`)).body).toEqual({ value: [] });
    const deleted = await call("DELETE", at("default"));
    expect([deleted.status, deleted.body]).toEqual([200, undefined]);
    expect((await call("GET", at("default"))).body.error.code).toBe("PolicyNotFound");
  });

  it("are found in any case, by a region's display name, and behind doubled slashes", async () => {
    await put("default", bodyOf("vm-1"));
    for (const path of [
      at("DEFAULT").toUpperCase(),
      at("default").toLowerCase(),
      at("default").replace("westeurope", "West%20Europe"),
      `/${at("default")}`,
    ])
      expect((await call("GET", path)).status).toBe(200);
  });

  it("replace a policy as a whole: a VM that is left out leaves it, and the event says why", async () => {
    await put("default", bodyOf("vm-1", "vm-2"));
    const second = await put("default", bodyOf("vm-2", "vm-3"));
    expect(namesIn(second)).toEqual(["vm-2", "vm-3"]);
    expect(await facts()).toEqual([
      "sallyport.policy.configured.v1 vm-1",
      "sallyport.policy.configured.v1 vm-2",
      "sallyport.policy.configured.v1 vm-3",
      "sallyport.policy.removed.v1 vm-1",
    ]);
    const removed = await api.published("sallyport.policy.removed.v1");
    expect(removed[0]?.data).toMatchObject({
      by: { id: idOf("ada") },
      note: expect.stringContaining("left out by a PUT"),
    });
    expect(api.log.join()).toContain("left out VMs");
  });

  it("write nothing that is so already", async () => {
    await put("default", bodyOf("vm-1"));
    const before = await facts();
    expect((await put("default", bodyOf("vm-1"))).status).toBe(200);
    expect((await put("DEFAULT", { ...bodyOf("vm-1"), kind: null, id: "x", location: "y" })).status).toBe(200);
    expect(await facts()).toEqual(before);
  });

  it("take what they have answered", async () => {
    const { body } = await put("default", bodyOf("vm-1"));
    const before = await facts();
    expect((await put("default", body)).body).toEqual(body);
    expect(await facts()).toEqual(before);
  });

  it("keep policies of other names apart, and let a VM be in the one that named it last", async () => {
    await put("default", bodyOf("vm-1", "vm-2"));
    await put("Web", bodyOf("vm-2"));
    expect(namesIn(await call("GET", at("web")))).toEqual(["vm-2"]);
    expect((await call("GET", at("web"))).body.name).toBe("Web");
    expect(namesIn(await call("GET", at("default")))).toEqual(["vm-1"]);
    expect((await call("DELETE", at("WEB"))).status).toBe(200);
    expect(namesIn(await call("GET", at("default")))).toEqual(["vm-1"]);
  });

  it("leave alone what they cannot say: approval, lockdown and name survive either door", async () => {
    const path = `/v1/vms/${keyOf(vmNamed("vm-1"))}/policy`;
    await put("web", bodyOf("vm-1"));
    const { headers } = await api.call("GET", path);
    const approval = { required: true, waitAtMost: "PT30M" };
    const patch = { approval, lockdown: { precedence: "strict" } };
    await api.call("PATCH", path, { body: patch, headers: { "if-match": headers.get("etag") ?? "" } });
    await put("web", { properties: { virtualMachines: [{ id: idOfVm("vm-1"), ports: [{ ...ssh, number: 3389 }] }] } });
    const { body } = await api.call("GET", path);
    expect(body).toMatchObject({ ports: [{ port: 3389 }], approval, lockdown: { precedence: "strict" } });
    expect(namesIn(await call("GET", at("web")))).toEqual(["vm-1"]);
  });

  it.each([
    ["one prefix", { allowedSourceAddressPrefix: "198.51.100.7" }, ["198.51.100.7/32"]],
    [
      "several",
      { allowedSourceAddressPrefixes: ["192.168.0.0/16", "198.51.100.7"] },
      ["192.168.0.0/16", "198.51.100.7/32"],
    ],
    ["any", { allowedSourceAddressPrefix: "*" }, ["0.0.0.0/0", "::/0"]],
    ["an IPv6 range", { allowedSourceAddressPrefix: "2001:db8::/32" }, ["2001:db8::/32"]],
  ])("read and write %s", async (_what, prefixes, allowedSources) => {
    const port = { number: 22, protocol: "*", ...prefixes, maxRequestAccessDuration: "P1D" };
    const { body } = await put("default", { properties: { virtualMachines: [{ id: idOfVm("vm-1"), ports: [port] }] } });
    expect(body.properties.virtualMachines[0].ports).toEqual([port]);
    const ours = await api.call("GET", `/v1/vms/${keyOf(vmNamed("vm-1"))}/policy`);
    expect(ours.body.ports).toEqual([{ port: 22, protocol: "*", allowedSources, maxDuration: "P1D" }]);
  });

  it("list in pages, each policy once", async () => {
    const names = Array.from({ length: 120 }, (_, n) => `page-${String(n).padStart(3, "0")}`);
    await api.tell(...names.map((name) => classified(aProfile({ vm: vmNamed(name) }))));
    for (const name of names) await put(name, bodyOf(name));
    const seen: string[] = [];
    let pages = 0;
    let path: string | undefined = `/subscriptions/${SUBSCRIPTION}/${SECURITY}/jitNetworkAccessPolicies?${VERSION}`;
    while (path !== undefined) {
      const { body } = await api.call("GET", path);
      seen.push(...body.value.map(({ name }: { readonly name: string }) => name));
      const next: string | undefined = body.nextLink;
      path = next?.slice(api.url.length);
      pages++;
    }
    expect(pages).toBe(6);
    expect(seen).toEqual(names);
  }, 60_000);
});

describe("a policy of EC2 instances", () => {
  const connector = `/subscriptions/${SUBSCRIPTION}/resourcegroups/rg-sec/providers/microsoft.security/securityconnectors/aws`;
  const entity = `${connector}/securityentitydata/aws-ec2-instance-i-0123456789abcdef0-eu-west-1`;
  const vm = VmRef.parse("arn:aws:ec2:eu-west-1:123456789012:instance/i-0123456789abcdef0");
  const path = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-sec/${SECURITY}/locations/eu-west-1/jitNetworkAccessPolicies/default`;

  it("is theirs by the id of their security connector", async () => {
    await api.tell(classified(aProfile({ vm })));
    const body = {
      properties: { virtualMachines: [{ id: entity.toUpperCase().replace("I-0", "i-0"), ports: [ssh] }] },
    };
    expect(await call("PUT", path, { body })).toMatchObject({ status: 200 });
    expect((await call("GET", path)).body.properties.virtualMachines[0].id).toBe(entity);
    const lists = [`/subscriptions/${SUBSCRIPTION}`, `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-sec`];
    for (const scope of lists)
      expect((await call("GET", `${scope}/${SECURITY}/jitNetworkAccessPolicies`)).body.value).toHaveLength(1);
    const ours = await api.call("GET", `/v1/vms/${keyOf(vm)}/policy`);
    expect(ours.body.ports[0]).toMatchObject({ port: 22, maxDuration: "PT3H" });
  });
});

describe("initiate", () => {
  const later = (n: number) => plusSeconds(api.clock.now(), n);
  const answerAs = async (fact: (access: Access) => Fact): Promise<void> => {
    const [event] = (await api.published("sallyport.access.requested.v1")).slice(-1);
    if (event?.type !== "sallyport.access.requested.v1") throw new Error("nothing was asked");
    await api.tell(fact(event.data.access));
  };
  const approved = (access: Access): Fact => ({
    type: "sallyport.access.approved.v1",
    data: { access, notAfter: later(3615), approvedAt: later(0), extends: false },
  });
  const granted = (access: Access): Fact => ({
    type: "sallyport.access.granted.v1",
    data: {
      access,
      openedAt: later(2),
      expiresAt: later(3602),
      ways: [{ address: "20.0.0.9", port: 50_022, mappedTo: 22 } as never],
      objects: [],
      closing: { sessions: "kept", because: "x" },
    },
  });
  const closed =
    (reason: "expired" | "given-back") =>
    (access: Access): Fact => ({
      type: "sallyport.access.revoked.v1",
      data: {
        access,
        reason,
        receipt: {
          grantId: access.grantId,
          closedAt: later(60),
          reason,
          readBack: [],
          stillOpen: [],
          keyId: "k1",
          signature: "s",
        },
      },
    });
  const history = async () => (await call("GET", at("default"))).body.properties.requests;
  beforeEach(async () => {
    await put("default", bodyOf("vm-1", "vm-2"));
    api.letTimeFlow(500);
  });
  const initiate = (body: unknown, options: CallOptions = {}) =>
    call("POST", `${at("default")}/initiate`, { as: "alice", body, ...options });

  it("is accepted with a body, opens, and ends with its reason", async () => {
    const answer = await initiate({ ...asked(), justification: "hotfix" });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({
      virtualMachines: [
        {
          id: idOfVm("vm-1"),
          ports: [
            {
              number: 22,
              allowedSourceAddressPrefix: "203.0.113.7",
              endTimeUtc: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/),
              status: "Initiating",
              statusReason: "UserRequested",
            },
          ],
        },
      ],
      startTimeUtc: expect.stringMatching(/\.\d{7}Z$/),
      requestor: "alice",
      justification: "hotfix",
    });
    expect(await history()).toEqual([answer.body]);
    await answerAs(approved);
    await answerAs(granted);
    expect((await history())[0].virtualMachines[0].ports[0]).toMatchObject({ status: "Initiated", mappedPort: 50_022 });
    expect((await call("GET", at("default"))).body.properties.virtualMachines[0].publicIpAddress).toBe("20.0.0.9");
    await answerAs(closed("expired"));
    expect((await history())[0].virtualMachines[0].ports[0]).toMatchObject({
      status: "Revoked",
      statusReason: "Expired",
    });
  });

  it("says of what was given back that the user asked for it", async () => {
    await initiate(asked());
    await answerAs(closed("given-back"));
    expect((await history())[0].virtualMachines[0].ports[0]).toMatchObject({
      status: "Revoked",
      statusReason: "UserRequested",
    });
  });

  it("takes an end in place of a length, with seven fractional digits, and both forms of sources", async () => {
    const end = later(1800).replace(".000Z", ".1234567Z");
    const port = {
      duration: null,
      endTimeUtc: end,
      allowedSourceAddressPrefix: null,
      allowedSourceAddressPrefixes: ["203.0.113.7", "203.0.113.64/26"],
    };
    const { status, body } = await initiate(asked(port));
    expect(status).toBe(202);
    expect(body.virtualMachines[0].ports[0].endTimeUtc).toBe(end.replace("4567Z", "0000Z"));
    expect(body.virtualMachines[0].ports[0].allowedSourceAddressPrefixes).toEqual(["203.0.113.64/26", "203.0.113.7"]);
  });

  it("asks for several VMs at once, each with its own ports and ends", async () => {
    const [one] = asked().virtualMachines;
    const [two] = asked({ duration: "PT2H" }, "vm-2").virtualMachines;
    expect((await initiate({ virtualMachines: [one, two] })).status).toBe(202);
    const events = await api.published("sallyport.access.requested.v1");
    expect(
      events.map(({ data }) => "access" in data && [data.access.vm.split("/").at(-1), data.access.duration]),
    ).toEqual([
      ["vm-1", 3600],
      ["vm-2", 7200],
    ]);
  });

  it("is run once, however often a client repeats it under its own id", async () => {
    const headers = { "x-ms-client-request-id": "0193a5e4-7c00-7000-8000-00000000c11e" };
    const first = await initiate(asked(), { headers });
    const again = await initiate(asked(), { headers });
    expect(again.body).toEqual(first.body);
    expect(await api.published("sallyport.access.requested.v1")).toHaveLength(1);
  });

  const oneEnd = "Only one of fields 'EndTimeUtc' and 'Duration' can be set.";
  it.each<readonly [string, unknown, number, string, string]>([
    ["no end", asked({ duration: null }), 400, "InvalidInitiateInput", oneEnd],
    ["two ends", asked({ endTimeUtc: "2030-01-01T00:00:00Z" }), 400, "InvalidInitiateInput", oneEnd],
    ["another port", asked({ number: 3389 }), 400, "InvalidInitiateInput", "does not cover port 3389"],
    [
      "another source",
      asked({ allowedSourceAddressPrefix: "198.51.100.1" }),
      400,
      "InvalidInitiateInput",
      "does not allow 198.51.100.1/32",
    ],
    ["too much time", asked({ duration: "PT4H" }), 400, "InvalidInitiateInput", "PT3H at most"],
    [
      "an end that has passed",
      asked({ duration: null, endTimeUtc: "2020-01-01T00:00:00Z" }),
      400,
      "InvalidInitiateInput",
      "passed already",
    ],
    [
      "a source twice over",
      asked({ allowedSourceAddressPrefixes: ["203.0.113.8"] }),
      400,
      "InvalidInitiateInput",
      "only one of",
    ],
    [
      "no source, and an address that says nothing",
      asked({ allowedSourceAddressPrefix: null }),
      400,
      "InvalidInitiateInput",
      "cannot be told",
    ],
    ["a misspelt field", asked({ durration: "PT1H" }), 400, "InvalidInitiateInput", "to be left out"],
    ["a VM outside the policy", asked({}, "vm-3"), 400, "InvalidInitiateInput", "is not in the policy"],
    ["no VM", { virtualMachines: [] }, 400, "InvalidInitiateInput", "at least 1 items"],
    ["a VM that does not exist", asked({}, "vm-99"), 404, "ResourceNotFound", "was not found"],
  ])("refuses %s", async (_what, body, status, code, message) => {
    const answer = await initiate(body);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(answer.body.error.message).toContain(message);
    expect(await api.published("sallyport.access.requested.v1")).toEqual([]);
  });

  it("judges the body before it looks for the policy, and knows no policy of another name", async () => {
    const elsewhere = (body: unknown) => call("POST", `${at("other")}/initiate`, { as: "alice", body });
    expect((await elsewhere(asked({ duration: null }))).body.error.code).toBe("InvalidInitiateInput");
    expect(await elsewhere(asked())).toMatchObject({ status: 404, body: { error: { code: "PolicyNotFound" } } });
  });

  it("is the only thing that can be posted to a policy", async () => {
    expect((await call("POST", `${at("default")}/revoke`, { body: asked() })).body.error.code).toBe("MethodNotAllowed");
  });
});

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
      const response = await fetch(`${api.url}${at("default")}?${VERSION}`, {
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
    await api.tell(classified(aProfile({ vm: vmNamed("vm-9", `${GROUP}-2`) })));
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
      expect(await api.call("GET", `${path}${query}`)).toMatchObject({ status: 400, body: { error: { code } } });
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

describe("assessments", () => {
  const KEY = "805651bc-6ecd-4c73-9b55-97a19d0582d0";
  const AWS_KEY = "9b26b102-ccde-4697-aa30-f0621f865f99";
  const of = (name: string) => `${idOfVm(name)}/${SECURITY}/assessments`;

  it("show each finding with its cause and description", async () => {
    await api.tell(
      classified(
        aProfile({ vm: vmNamed("vm-2") }),
        aFinding({
          status: "NotApplicable",
          severity: undefined,
          reasonCode: "STOPPED",
          reason: "This VM is stopped.",
        }),
      ),
    );
    await api.tell(
      classified(
        aProfile({ vm: vmNamed("vm-3") }),
        aFinding({ status: "NotEvaluated", severity: undefined, reasonCode: "NOT_ENROLLED" }),
      ),
    );
    const one = await call("GET", `${of("vm-1")}/${KEY}`);
    expect(one.body).toMatchObject({
      id: `${of("vm-1")}/${KEY}`,
      name: KEY,
      type: "Microsoft.Security/assessments",
      properties: {
        displayName:
          "Management ports of virtual machines should be protected with just-in-time network access control",
        resourceDetails: { source: "Azure", id: idOfVm("vm-1") },
        status: { code: "Unhealthy", cause: "NSG_ALLOWS", description: "open" },
        additionalData: { severity: "High" },
      },
    });
    expect((await call("GET", of("vm-2"))).body.value[0].properties.status).toEqual({
      code: "NotApplicable",
      cause: "STOPPED",
      description: "This VM is stopped.",
    });
    expect((await call("GET", `${of("vm-3")}/${KEY}`)).status).toBe(404);
    const all = await call("GET", `/subscriptions/${SUBSCRIPTION}/${SECURITY}/assessments`);
    expect(all.body.value.map(({ id }: { readonly id: string }) => id)).toEqual([
      `${of("vm-1")}/${KEY}`,
      `${of("vm-2")}/${KEY}`,
    ]);
  });

  it("have a key of their own on AWS", async () => {
    const vm = aVm("aws");
    await api.tell(classified(aProfile({ vm })));
    const { body } = await call("GET", `/subscriptions/${SUBSCRIPTION}/${SECURITY}/assessments`);
    const found = body.value.find(({ name }: { readonly name: string }) => name === AWS_KEY);
    expect(found.properties.resourceDetails).toMatchObject({
      source: "Azure",
      id: expect.stringContaining("securityentitydata"),
    });
    expect((await call("GET", found.id)).body).toEqual(found);
    expect((await call("GET", found.id.replace(AWS_KEY, KEY))).status).toBe(404);
  });

  it("let Azure Policy's existence condition hold exactly for what is Healthy or NotApplicable (E12)", async () => {
    for (const status of ["Healthy", "Unhealthy", "NotApplicable", "NotEvaluated"] as const) {
      await api.tell(classified(aProfile({ vm: vmNamed("vm-1") }), aFinding({ status })));
      const { body } = await call("GET", of("vm-1"));
      const exists = body.value.some(
        ({
          name,
          properties,
        }: {
          readonly name: string;
          readonly properties: { readonly status: { readonly code: string } };
        }) => name === KEY && ["NotApplicable", "Healthy"].includes(properties.status.code),
      );
      expect([status, exists]).toEqual([status, status === "Healthy" || status === "NotApplicable"]);
    }
  });

  it("are shown to who may read the VM, with the metadata where it is asked for", async () => {
    expect(
      (await call("GET", `${of("vm-1")}/${KEY}?$expand=metadata`, { as: "rita" })).body.properties.metadata.severity,
    ).toBe("High");
    expect(await call("GET", `${of("vm-1")}/${KEY}`, { as: "nora" })).toMatchObject({
      status: 403,
      body: { error: { code: "AuthorizationFailed" } },
    });
    expect((await call("GET", of("vm-1"), { as: "nora" })).body).toEqual({ value: [] });
    expect((await api.call("GET", `${of("vm-1")}?api-version=2021-06-01`)).status).toBe(200);
  });
});
