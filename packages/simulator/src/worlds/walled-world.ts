import type { WorldDocuments } from "../world/documents.ts";
import { firewall, firewallId, idIn, machine, nsg, nsgId, routeTable, vnet } from "./azure-parts.ts";
import type { FirewallParts, Place, ShortRule } from "./azure-parts.ts";
import { emptyWorld } from "./worlds.ts";

const place: Place = {
  subscriptionId: "5a11b007-0000-4000-8000-000000000001",
  group: "rg-walled",
  location: "westeurope",
};

/** What `walledWorld` holds. */
export const WALLED = {
  place,
  vm: idIn(place, "Microsoft.Compute/virtualMachines", "vm-1"),
  vnet: idIn(place, "Microsoft.Network/virtualNetworks", "vnet-1"),
  nsg: nsgId(place, "nsg-1"),
  routeTable: idIn(place, "Microsoft.Network/routeTables", "rt-1"),
  firewall: firewallId(place, "fw-1"),
  privateIp: "10.0.1.4",
  /** In the same subnet, and in another. */
  neighbour: "10.0.1.77",
  distant: "10.0.2.77",
  firewallIp: "10.0.0.68",
  firewallPublicIp: "203.0.113.68",
} as const;

export interface WalledWorldParts extends Partial<Pick<FirewallParts, "nat" | "network" | "policy">> {
  /** Rules of the VM's NSG; `none`: nothing guards it but the firewall. */
  readonly rules?: readonly ShortRule[] | "none";
  /** `false`: the VM's subnet has no route to the firewall. */
  readonly routed?: boolean;
  /** A public address of the VM's own. */
  readonly publicIp?: string;
}

/** One machine, `vm-1`, in a network with an Azure Firewall to which its default route leads. */
export function walledWorld(parts: WalledWorldParts = {}): WorldDocuments {
  const { rules = [], routed = true, publicIp, nat, network, policy } = parts;
  const table = routed ? { routeTable: "rt-1" } : {};
  const resources = [
    ...(rules === "none" ? [] : [nsg(place, "nsg-1", rules)]),
    routeTable(place, "rt-1", WALLED.firewallIp),
    vnet(
      place,
      "vnet-1",
      ["10.0.0.0/16"],
      [
        { name: "AzureFirewallSubnet", prefixes: ["10.0.0.64/26"] },
        { name: "snet-1", prefixes: ["10.0.1.0/24"], ...table },
        { name: "snet-2", prefixes: ["10.0.2.0/24"] },
      ],
    ),
    ...firewall(place, "vnet-1", {
      name: "fw-1",
      privateIp: WALLED.firewallIp,
      publicIp: WALLED.firewallPublicIp,
      ...(nat && { nat }),
      ...(network && { network }),
      ...(policy !== undefined && { policy }),
    }),
    ...machine(place, place, "vnet-1", {
      name: "vm-1",
      os: "Linux",
      interfaces: [
        {
          subnet: "snet-1",
          privateIp: WALLED.privateIp,
          ...(publicIp !== undefined && { publicIp }),
          ...(rules !== "none" && { nsg: "nsg-1" }),
        },
      ],
    }),
  ];
  const { azure, aws } = emptyWorld();
  const [first, ...others] = azure.subscriptions;
  if (first === undefined) throw new Error("the empty world has no subscription");
  return { azure: { ...azure, subscriptions: [{ ...first, resources }, ...others] }, aws };
}
