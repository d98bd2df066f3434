import fc from "fast-check";
import { instantOf, ObjectId, port, VmRef } from "@sallyport/contracts";
import type { Address } from "@sallyport/contracts";
import { createSimulator, createStandingClock, SMALL, smallWorld } from "@sallyport/simulator";
import type { ShortRule } from "@sallyport/simulator";
import { partAt, verdictAt } from "../address-set.ts";
import { createAzureModel } from "./model.ts";
import { throughNsg } from "./nsg.ts";
import { parseAzureNet } from "./parse.ts";
import { indexOf } from "./spot.ts";

const model = createAzureModel();
const vm = VmRef.parse(SMALL.vm);

const netOf = (world: ReturnType<typeof smallWorld>) => {
  const resources = world.azure.subscriptions.flatMap((subscription) => subscription.resources);
  const of = (type: string) => resources.filter((one) => one.type.toLowerCase().endsWith(`/${type}`));
  return parseAzureNet({
    vms: of("virtualmachines"),
    interfaces: of("networkinterfaces"),
    vnets: of("virtualnetworks"),
    nsgs: of("networksecuritygroups"),
    publicAddresses: of("publicipaddresses"),
  });
};
const setOf = (nic: readonly ShortRule[], door = 22) =>
  model.reachable(netOf(smallWorld({ subnet: "none", nic })), {
    vm,
    destination: SMALL.privateIp as Address,
    port: port(door),
    protocol: "tcp",
  });
const at = (nic: readonly ShortRule[], source: string, door = 22) => verdictAt(setOf(nic, door), source as Address);

const rules = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom<"Allow" | "Deny">("Allow", "Deny"),
    fc.oneof(fc.integer({ min: 100, max: 106 }), fc.integer({ min: 4090, max: 4096 })),
    fc.constantFrom<string | readonly string[]>("22", "*", "20-22", "23", ["80", "22"], "22-22"),
    fc.constantFrom<string | readonly string[]>(
      "*",
      "Internet",
      "VirtualNetwork",
      "AzureLoadBalancer",
      "Storage",
      "789",
      "0.0.0.0/0",
      "198.51.100.0/24",
      ["198.51.100.7", "10.0.1.0/24"],
      "198.51.100.6/31",
    ),
    fc.record(
      {
        protocol: fc.constantFrom("Tcp", "TCP", "*", "Udp", "Icmp"),
        destinationAddressPrefix: fc.constantFrom("*", SMALL.privateIp, "10.0.1.0/24", "10.0.2.0/24", "VirtualNetwork"),
        direction: fc.constantFrom("Inbound", "Inbound", "Outbound"),
      },
      { requiredKeys: [] },
    ),
  ),
  { selector: ([, priority]) => priority, maxLength: 6 },
);
type Unnamed = ShortRule extends readonly [string, ...infer Rest] ? Rest : never;
const named = (list: readonly Unnamed[]): readonly ShortRule[] => list.map((rest, n) => [`r${n}`, ...rest]);

describe("what an NSG does with every source", () => {
  it("agrees, source by source, with the simulated cloud's own look at each packet", async () => {
    const sources = ["198.51.100.6", "198.51.100.7", "198.51.100.255", "8.8.8.8", SMALL.neighbour, "10.0.2.9"];
    await fc.assert(
      fc.asyncProperty(rules, rules, async (nic, subnet) => {
        const world = smallWorld({ nic: named(nic), subnet: named(subnet) });
        const { control } = await createSimulator({ world, clock: createStandingClock(instantOf(0)), auth: false });
        const net = netOf(world);
        for (const door of [22, 23] as const) {
          const flow = { vm, destination: SMALL.privateIp as Address, port: port(door), protocol: "tcp" } as const;
          const set = model.reachable(net, flow);
          for (const source of sources) {
            const reach = control.reachable({ vm, port: door, source });
            if (!("verdict" in reach)) throw new Error(reach.misunderstood);
            expect([source, door, verdictAt(set, source as Address)]).toEqual([source, door, reach.verdict]);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it("takes the first rule that matches, whatever comes after", () => {
    const list: readonly ShortRule[] = [
      ["deny", "Deny", 200, "22", "198.51.100.0/24"],
      ["allow", "Allow", 201, "22", "*"],
    ];
    expect([at(list, "198.51.100.7"), at(list, "203.0.113.7"), at(list, "203.0.113.7", 23)]).toEqual([
      "denied",
      "allowed",
      "denied",
    ]);
  });

  it("knows the three built-in tags exactly, and of others only that they hold no private address", () => {
    const only = (tag: string): readonly ShortRule[] => [
      ["r", "Allow", 200, "22", tag],
      ["no", "Deny", 201, "*", "*"],
    ];
    expect([at(only("VirtualNetwork"), "10.0.9.9"), at(only("VirtualNetwork"), "10.1.0.1")]).toEqual([
      "allowed",
      "denied",
    ]);
    expect([at(only("Internet"), "8.8.8.8"), at(only("Internet"), "10.0.9.9")]).toEqual(["allowed", "denied"]);
    expect([at(only("AzureLoadBalancer"), "168.63.129.16"), at(only("AzureLoadBalancer"), "8.8.8.8")]).toEqual([
      "allowed",
      "denied",
    ]);
    expect([at(only("Sql.WestEurope"), "8.8.8.8"), at(only("Sql.WestEurope"), "10.0.9.9")]).toEqual([
      "unknown",
      "denied",
    ]);
    expect(partAt(setOf(only("Sql.WestEurope")), "8.8.8.8" as Address)).toMatchObject({
      by: "nsg-nic/r",
      reason: expect.stringContaining("sql.westeurope"),
    });
  });

  it("is not in doubt about a rule that would change nothing", () => {
    const list: readonly ShortRule[] = [
      ["tag", "Deny", 200, "22", "Sql"],
      ["no", "Deny", 201, "*", "*"],
    ];
    expect(at(list, "8.8.8.8")).toBe("denied");
  });

  it("asks of each route table anew how far VirtualNetwork reaches, also for two subnets of one network", () => {
    const net = netOf(smallWorld({ subnet: "none", nic: [["net", "Allow", 200, "22", "VirtualNetwork"]] }));
    const [spot] = indexOf(net).spots(vm);
    const [nsg] = net.nsgs;
    if (spot === undefined || nsg === undefined) throw new Error("the world has no such machine");
    const routes = { id: ObjectId.parse("to-branch"), routes: [{ prefix: "192.168.0.0/16", nextHop: "vnetlocal" }] };
    const from = (place: typeof spot) =>
      verdictAt(
        throughNsg(nsg, { spot: place, port: port(22), protocol: "tcp", members: () => [] }),
        "192.168.0.9" as Address,
      );
    expect([from(spot), from({ ...spot, routes }), from(spot)]).toEqual(["denied", "unknown", "denied"]);
  });

  it("does not trust a rule that asks for the sender's own port, which the sender picks", () => {
    const list: readonly ShortRule[] = [["odd", "Allow", 200, "22", "*", { sourcePortRange: "1234-1235" }]];
    expect(at(list, "8.8.8.8")).toBe("unknown");
  });

  it("keeps nonsense that Azure accepts, and lets it match nobody (P34)", () => {
    const net = netOf(smallWorld({ subnet: "none", nic: [["odd", "Allow", 200, "22", "789"]] }));
    expect(net.nsgs[0]?.rules[0]?.sources).toEqual(["789"]);
    expect(at([["odd", "Allow", 200, "22", "789"]], "8.8.8.8")).toBe("denied");
  });

  it("names the deciding rule of each level that a source passes", () => {
    const world = smallWorld({
      subnet: [["in", "Allow", 200, "22", "*"]],
      nic: [["out", "Deny", 200, "22", "8.8.8.8"]],
    });
    const flow = { vm, destination: SMALL.privateIp as Address, port: port(22), protocol: "tcp" } as const;
    expect(model.path(netOf(world), flow, "8.8.8.8" as Address).map(({ rule, verdict }) => [rule, verdict])).toEqual([
      ["in", "allowed"],
      ["out", "denied"],
    ]);
  });
});
