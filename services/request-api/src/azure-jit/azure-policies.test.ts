import { VmRef } from "@sallyport/contracts";
import { aProfile } from "@sallyport/testkit";
import { classified, idOf, keyOf } from "../an-api.conformance.ts";
import {
  anAzureJit,
  GROUP,
  SECURITY,
  SUBSCRIPTION,
  VERSION,
  at,
  bodyOf,
  idOfVm,
  namesIn,
  ssh,
  vmNamed,
} from "./an-azure-jit.conformance.ts";

const { call, put, facts, ours } = anAzureJit();

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
    const removed = await ours().published("sallyport.policy.removed.v1");
    expect(removed[0]?.data).toMatchObject({
      by: { id: idOf("ada") },
      note: expect.stringContaining("left out by a PUT"),
    });
    expect(ours().log.join()).toContain("left out VMs");
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
    const { headers } = await ours().call("GET", path);
    const approval = { required: true, waitAtMost: "PT30M" };
    const patch = { approval, lockdown: { precedence: "strict" } };
    await ours().call("PATCH", path, { body: patch, headers: { "if-match": headers.get("etag") ?? "" } });
    await put("web", { properties: { virtualMachines: [{ id: idOfVm("vm-1"), ports: [{ ...ssh, number: 3389 }] }] } });
    const { body } = await ours().call("GET", path);
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
    const own = await ours().call("GET", `/v1/vms/${keyOf(vmNamed("vm-1"))}/policy`);
    expect(own.body.ports).toEqual([{ port: 22, protocol: "*", allowedSources, maxDuration: "P1D" }]);
  });

  it("list in pages, each policy once", async () => {
    const names = Array.from({ length: 120 }, (_, n) => `page-${String(n).padStart(3, "0")}`);
    await ours().tell(...names.map((name) => classified(aProfile({ vm: vmNamed(name) }))));
    for (const name of names) await put(name, bodyOf(name));
    const seen: string[] = [];
    let pages = 0;
    let path: string | undefined = `/subscriptions/${SUBSCRIPTION}/${SECURITY}/jitNetworkAccessPolicies?${VERSION}`;
    while (path !== undefined) {
      const { body } = await ours().call("GET", path);
      seen.push(...body.value.map(({ name }: { readonly name: string }) => name));
      const next: string | undefined = body.nextLink;
      path = next?.slice(ours().url.length);
      pages++;
    }
    expect(pages).toBe(6);
    expect(seen).toEqual(names);
  });
});

describe("a policy of EC2 instances", () => {
  const connector = `/subscriptions/${SUBSCRIPTION}/resourcegroups/rg-sec/providers/microsoft.security/securityconnectors/aws`;
  const entity = `${connector}/securityentitydata/aws-ec2-instance-i-0123456789abcdef0-eu-west-1`;
  const vm = VmRef.parse("arn:aws:ec2:eu-west-1:123456789012:instance/i-0123456789abcdef0");
  const path = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-sec/${SECURITY}/locations/eu-west-1/jitNetworkAccessPolicies/default`;

  it("is theirs by the id of their security connector", async () => {
    await ours().tell(classified(aProfile({ vm })));
    const body = {
      properties: { virtualMachines: [{ id: entity.toUpperCase().replace("I-0", "i-0"), ports: [ssh] }] },
    };
    expect(await call("PUT", path, { body })).toMatchObject({ status: 200 });
    expect((await call("GET", path)).body.properties.virtualMachines[0].id).toBe(entity);
    const lists = [`/subscriptions/${SUBSCRIPTION}`, `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-sec`];
    for (const scope of lists)
      expect((await call("GET", `${scope}/${SECURITY}/jitNetworkAccessPolicies`)).body.value).toHaveLength(1);
    const own = await ours().call("GET", `/v1/vms/${keyOf(vm)}/policy`);
    expect(own.body.ports[0]).toMatchObject({ port: 22, maxDuration: "PT3H" });
  });
});
