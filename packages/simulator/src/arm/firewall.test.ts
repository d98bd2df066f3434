import { Instant } from "@sallyport/contracts";
import { z } from "zod";
import { callJson } from "../call.ts";
import { createSimulator } from "../simulator.ts";
import { createStandingClock } from "../world/standing-clock.ts";
import { WALLED, walledWorld } from "../worlds/walled-world.ts";
import type { WalledWorldParts } from "../worlds/walled-world.ts";

const V = "?api-version=2024-05-01";
const MINUTES = 240_000;

const Body = z.looseObject({
  etag: z.string(),
  properties: z.looseObject({
    provisioningState: z.string(),
    ipConfigurations: z.array(z.looseObject({ properties: z.looseObject({}) })),
  }),
});

async function cloud(parts: WalledWorldParts = {}) {
  const clock = createStandingClock(Instant.parse("2026-01-31T10:00:00.000Z"));
  const timing = { firewallMs: MINUTES, otherMs: 10_000 };
  const simulator = await createSimulator({ world: walledWorld(parts), clock, auth: false, timing });
  const call = (method: string, path: string, body?: unknown) =>
    callJson(simulator.arm, method, path.includes("?") ? path : path + V, body === undefined ? {} : { body });
  const read = async () => Body.parse((await call("GET", WALLED.firewall)).json);
  return {
    clock,
    simulator,
    call,
    read,
    write: async (change: object) => {
      const { properties, ...frame } = await read();
      return call("PUT", WALLED.firewall, { ...frame, properties: { ...properties, ...change } });
    },
    poll: async ({ headers }: { readonly headers: Readonly<Record<string, string>> }) => {
      const url = new URL(headers["azure-asyncoperation"] ?? "");
      return (await call("GET", url.pathname + url.search)).json;
    },
  };
}

const nat = (priority = 100) => ({
  name: "nat",
  properties: {
    priority,
    action: { type: "Dnat" },
    rules: [
      {
        name: "ssh",
        protocols: ["TCP"],
        sourceAddresses: ["198.51.100.7"],
        destinationAddresses: [WALLED.firewallPublicIp],
        destinationPorts: ["50022"],
        translatedAddress: WALLED.privateIp,
        translatedPort: "22",
      },
    ],
  },
});

const codeOf = ({ json }: { readonly json: unknown }) =>
  z.looseObject({ error: z.looseObject({ code: z.string() }) }).parse(json).error.code;

describe("writing an Azure Firewall", () => {
  it("takes minutes, and lets nobody in before they are over", async () => {
    const { write, poll, clock, simulator } = await cloud();
    const verdict = () => simulator.control.reachable({ vm: "vm-1", port: 22, source: "198.51.100.7" });
    const put = await write({ natRuleCollections: [nat()] });
    expect(put).toMatchObject({ status: 200, headers: { "retry-after": "240" } });
    await clock.pass(MINUTES - 1);
    expect(await poll(put)).toEqual({ status: "InProgress" });
    expect(verdict()).toMatchObject({ verdict: "denied" });
    await clock.pass(1);
    expect(await poll(put)).toEqual({ status: "Succeeded" });
    expect(verdict()).toMatchObject({ verdict: "allowed" });
  });

  it("deallocates it where the body leaves out its IP configurations, and gives it an address when they come back", async () => {
    const { write, read, clock } = await cloud();
    const { ipConfigurations } = (await read()).properties;
    await write({ ipConfigurations: undefined });
    await clock.pass(MINUTES);
    expect((await read()).properties.ipConfigurations).toEqual([]);
    const put = Body.parse((await write({ ipConfigurations })).json);
    expect(put.properties.ipConfigurations[0]?.properties).not.toHaveProperty("privateIPAddress");
    await clock.pass(MINUTES);
    expect((await read()).properties.ipConfigurations[0]?.properties).toHaveProperty("privateIPAddress", "10.0.0.68");
  });

  it("accepts a second write beside the first, which fails because of it and changes nothing", async () => {
    const { write, poll, read, clock } = await cloud();
    const first = await write({ natRuleCollections: [nat()] });
    const second = await write({ natRuleCollections: [] });
    expect([first.status, second.status]).toEqual([200, 200]);
    await clock.pass(1000);
    expect(await poll(second)).toMatchObject({ status: "Failed", error: { code: "AnotherOperationInProgress" } });
    await clock.pass(MINUTES);
    expect(await poll(first)).toEqual({ status: "Succeeded" });
    expect((await read()).properties["natRuleCollections"]).toHaveLength(1);
  });

  it("leaves it Failed where a script says so, in doubt between what was and what was asked", async () => {
    const { write, read, clock, simulator } = await cloud();
    const effect = { kind: "fail-operation", code: "InternalServerError" } as const;
    simulator.control.setFaults([{ match: { cloud: "azure", method: "PUT" }, times: 1, effect }]);
    await write({ natRuleCollections: [nat()] });
    await clock.pass(MINUTES);
    expect((await read()).properties.provisioningState).toBe("Failed");
    const reach = simulator.control.reachable({ vm: "vm-1", port: 22, source: "198.51.100.7" });
    expect(reach).toMatchObject({ verdict: "unknown" });
  });

  it("refuses rules beside a policy, priorities outside 100 to 65000, and two collections with one priority", async () => {
    const { call, write } = await cloud();
    const policy = `${WALLED.vnet.replace(/virtualNetworks.*/, "firewallPolicies")}/p`;
    expect((await call("PUT", policy, { location: "westeurope", properties: {} })).status).toBe(201);
    const both = await write({ firewallPolicy: { id: policy }, natRuleCollections: [nat()] });
    expect(both.status).toBe(400);
    expect(codeOf(both)).toMatch(/FirewallPolicy/);
    expect((await write({ natRuleCollections: [nat(99)] })).status).toBe(400);
    expect((await write({ natRuleCollections: [nat(), { ...nat(), name: "other" }] })).status).toBe(400);
  });

  it("keeps its subnet and its public address from being deleted, as its route table is by its subnet", async () => {
    const { call } = await cloud();
    expect(codeOf(await call("DELETE", `${WALLED.vnet}/subnets/AzureFirewallSubnet`))).toBe(
      "InUseSubnetCannotBeDeleted",
    );
    const address = WALLED.firewall.replace("azureFirewalls/fw-1", "publicIPAddresses/fw-1-ip");
    expect(codeOf(await call("DELETE", address))).toBe("PublicIPAddressCannotBeDeleted");
    expect(codeOf(await call("DELETE", WALLED.routeTable))).toBe("InUseRouteTableCannotBeDeleted");
  });
});

describe("what is effective at an interface", () => {
  const nic = WALLED.vm.replace(
    "Microsoft.Compute/virtualMachines/vm-1",
    "Microsoft.Network/networkInterfaces/vm-1-nic",
  );

  it("is worked out behind a Location: the route to the firewall takes the place of the one to the Internet", async () => {
    const { call, clock } = await cloud();
    const posted = await call("POST", `${nic}/effectiveRouteTable`);
    expect(posted).toMatchObject({ status: 202, json: undefined });
    expect(posted.headers).not.toHaveProperty("azure-asyncoperation");
    const url = new URL(posted.headers["location"] ?? "");
    expect((await call("GET", url.pathname + url.search)).status).toBe(202);
    await clock.pass(10_000);
    const { status, json } = await call("GET", url.pathname + url.search);
    expect(status).toBe(200);
    const { value } = z.object({ value: z.array(z.looseObject({ addressPrefix: z.array(z.string()) })) }).parse(json);
    expect(value.filter(({ addressPrefix }) => addressPrefix[0] === "0.0.0.0/0")).toMatchObject([
      { source: "Default", state: "Invalid", nextHopType: "Internet" },
      { source: "User", state: "Active", nextHopType: "VirtualAppliance", nextHopIpAddress: [WALLED.firewallIp] },
    ]);
  });
});
