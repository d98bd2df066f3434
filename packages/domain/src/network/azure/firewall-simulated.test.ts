import fc from "fast-check";
import { instantOf, port, VmRef } from "@sallyport/contracts";
import type { Address } from "@sallyport/contracts";
import { createSimulator, createStandingClock, WALLED, walledWorld } from "@sallyport/simulator";
import type { ShortRule, WorldDocuments } from "@sallyport/simulator";
import { verdictAt } from "../address-set.ts";
import { createAzureModel } from "./model.ts";
import { parseAzureNet } from "./parse.ts";

const model = createAzureModel();
const vm = VmRef.parse(WALLED.vm);
const GUEST = "198.51.100.7";

const resourcesOf = ({ azure }: WorldDocuments) => azure.subscriptions.flatMap(({ resources }) => resources);
function netOf(world: WorldDocuments) {
  const of = (type: string) => resourcesOf(world).filter((one) => one.type.toLowerCase().endsWith(`/${type}`));
  return parseAzureNet({
    vms: of("virtualmachines"),
    interfaces: of("networkinterfaces"),
    vnets: of("virtualnetworks"),
    nsgs: of("networksecuritygroups"),
    publicAddresses: of("publicipaddresses"),
    routeTables: of("routetables"),
    firewalls: of("azurefirewalls"),
  });
}

const someSources = fc.constantFrom<readonly string[]>(["*"], ["198.51.100.0/24"], [GUEST], ["10.0.0.0/16"]);
const nat = fc.array(
  fc.tuple(
    someSources,
    fc.constantFrom("50022", "50023"),
    fc.constantFrom<string>(WALLED.privateIp, WALLED.neighbour),
    fc.constantFrom("22", "23"),
  ),
  { maxLength: 3 },
);
const network = fc.uniqueArray(
  fc.record({
    priority: fc.integer({ min: 100, max: 103 }),
    type: fc.constantFrom("Allow", "Deny"),
    from: someSources,
    to: fc.constantFrom<readonly string[]>([WALLED.privateIp], ["10.0.1.0/24"], [WALLED.neighbour], ["*"]),
    ports: fc.constantFrom<readonly string[]>(["22"], ["20-30"], ["23"], ["*"]),
  }),
  { maxLength: 3, selector: ({ priority }) => priority },
);
const nsgRules = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom<"Allow" | "Deny">("Allow", "Deny"),
    fc.integer({ min: 300, max: 303 }),
    fc.constantFrom("22", "*", "23"),
    fc.constantFrom("*", "10.0.0.64/26", "198.51.100.0/24", "10.0.0.0/16"),
  ),
  { maxLength: 3, selector: ([, priority]) => priority },
);
const worlds = fc
  .record({ nat, network, nsgRules, routed: fc.boolean(), publicIp: fc.boolean() })
  .map(({ nat: led, network: collections, nsgRules: rules, routed, publicIp }) =>
    walledWorld({
      nat: led.map(([from, at, to, toPort], n) => [`n${n}`, from, at, to, toPort] as const),
      network: collections.map(({ priority, type, from, to, ports }, n) => ({
        name: `c${n}`,
        properties: {
          priority,
          action: { type },
          rules: [
            {
              name: `r${n}`,
              protocols: ["TCP"],
              sourceAddresses: from,
              destinationAddresses: to,
              destinationPorts: ports,
              sourceIpGroups: [],
              destinationIpGroups: [],
              destinationFqdns: [],
            },
          ],
        },
      })),
      rules: rules.map(([access, priority, ports, from], n): ShortRule => [`s${n}`, access, priority, ports, from]),
      routed,
      ...(publicIp && { publicIp: "203.0.113.4" }),
    }),
  );

describe("who gets in through an Azure Firewall, asked of the simulated cloud", () => {
  it("is never more than what is computed: whom it lets in, we know or doubt", async () => {
    const sources = [GUEST, "198.51.100.8", "8.8.8.8", WALLED.neighbour, WALLED.distant];
    const OPENNESS = { denied: 0, unknown: 1, allowed: 2 } as const;
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const { control } = await createSimulator({ world, clock: createStandingClock(instantOf(0)), auth: false });
        const net = netOf(world);
        for (const door of [22, 23] as const) {
          const flow = { vm, destination: WALLED.privateIp as Address, port: port(door), protocol: "tcp" } as const;
          const set = model.reachable(net, flow);
          for (const source of sources) {
            const reach = control.reachable({ vm, port: door, source });
            if (!("verdict" in reach)) throw new Error(reach.misunderstood);
            const ours = verdictAt(set, source as Address);
            // What is unknown there may be anything; what is allowed there must not be denied here.
            const isCovered = reach.verdict !== "allowed" || OPENNESS[ours] > 0;
            expect([source, door, ours, reach.verdict, isCovered]).toEqual([source, door, ours, reach.verdict, true]);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
