import type { WorldDocuments } from "../world/documents.ts";
import { adminRule, idIn, machine, nsg, nsgId, vnet } from "./azure-parts.ts";
import type { Place, ShortAdminRule, ShortRule } from "./azure-parts.ts";
import { emptyWorld } from "./worlds.ts";

export interface SmallWorldParts {
  /** Rules of the subnet's NSG; `none`: the subnet has no NSG. */
  readonly subnet?: readonly ShortRule[] | "none";
  /** The same for the interface. */
  readonly nic?: readonly ShortRule[] | "none";
  /** `false`: it has none. */
  readonly publicIp?: string | false;
  readonly power?: "running" | "stopped" | "deallocated";
  /** `flushConnection` on both NSGs. */
  readonly flush?: boolean;
  /** In force in its network. */
  readonly adminRules?: readonly ShortAdminRule[];
}

const place: Place = {
  subscriptionId: "5a11b007-0000-4000-8000-000000000001",
  group: "rg-small",
  location: "westeurope",
};

/** What `smallWorld` holds. */
export const SMALL = {
  place,
  vm: idIn(place, "Microsoft.Compute/virtualMachines", "vm-1"),
  nic: idIn(place, "Microsoft.Network/networkInterfaces", "vm-1-nic"),
  subnetNsg: nsgId(place, "nsg-subnet"),
  nicNsg: nsgId(place, "nsg-nic"),
  vnet: idIn(place, "Microsoft.Network/virtualNetworks", "vnet-1"),
  privateIp: "10.0.1.4",
  neighbour: "10.0.1.77",
} as const;

/** One machine, `vm-1`, behind an NSG on its subnet and one on its interface; and nothing else. */
export function smallWorld(parts: SmallWorldParts = {}): WorldDocuments {
  const { subnet = [], nic = [], publicIp = "203.0.113.4", power = "running", flush = false, adminRules = [] } = parts;
  const flag = flush ? { flushConnection: true } : {};
  const resources = [
    ...(subnet === "none" ? [] : [nsg(place, "nsg-subnet", subnet, flag)]),
    ...(nic === "none" ? [] : [nsg(place, "nsg-nic", nic, flag)]),
    vnet(
      place,
      "vnet-1",
      ["10.0.0.0/16"],
      [{ name: "snet-1", prefixes: ["10.0.1.0/24"], ...(subnet !== "none" && { nsg: "nsg-subnet" }) }],
    ),
    ...machine(place, place, "vnet-1", {
      name: "vm-1",
      os: "Linux",
      power,
      interfaces: [
        {
          subnet: "snet-1",
          privateIp: SMALL.privateIp,
          ...(publicIp !== false && { publicIp }),
          ...(nic !== "none" && { nsg: "nsg-nic" }),
        },
      ],
    }),
  ];
  const { azure, aws } = emptyWorld();
  const [first, ...others] = azure.subscriptions;
  if (first === undefined) throw new Error("the empty world has no subscription");
  const inForce =
    adminRules.length === 0
      ? {}
      : {
          securityAdminRules: [{ virtualNetwork: SMALL.vnet, value: adminRules.map((rule) => adminRule(place, rule)) }],
        };
  return { azure: { ...azure, subscriptions: [{ ...first, resources, ...inForce }, ...others] }, aws };
}
