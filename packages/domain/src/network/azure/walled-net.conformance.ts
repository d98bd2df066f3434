import { instantOf, port, VmRef } from "@sallyport/contracts";
import type { Address, Cidr, GrantId, LockdownId, ObjectId, PortAccess, PortSpec } from "@sallyport/contracts";
import { verdictAt } from "../address-set.ts";
import { checkPlan } from "../check-plan.ts";
import type { Seal } from "../mark.ts";
import type { Change } from "../model.ts";
import type { Allow, LockDown, Want } from "../want.ts";
import { createAzureModel } from "./model.ts";
import type { AzureNet, AzureRule, FirewallCollection } from "./net.ts";
import { isCollection } from "./net.ts";
import { parseAzureNet } from "./parse.ts";

/** A network with an Azure Firewall before its machines, as ARM's own bodies, and what tests ask of it. */

const group = "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourceGroups/rg-walled";
const id = (type: string, name: string) => `${group}/providers/Microsoft.Network/${type}/${name}`;
export const firewallId = id("azureFirewalls", "fw").toLowerCase() as ObjectId;
export const nsgId = id("networkSecurityGroups", "nsg").toLowerCase() as ObjectId;
export const FIREWALL_ADDRESS = "203.0.113.200";
export const vmNamed = (name: string) => VmRef.parse(`${group}/providers/Microsoft.Compute/virtualMachines/${name}`);
export const vm = vmNamed("vm-a");

export interface NatBody {
  readonly name: string;
  readonly priority?: number;
  readonly from?: readonly string[];
  readonly groups?: readonly string[];
  readonly at?: string;
  readonly ports?: readonly string[];
  readonly to?: string;
  readonly toName?: string;
  readonly toPort?: string;
  readonly protocols?: readonly string[];
}
export interface NetworkBody {
  readonly name: string;
  readonly priority: number;
  readonly action?: "Allow" | "Deny";
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly toNames?: readonly string[];
  readonly toGroups?: readonly string[];
  readonly ports?: readonly string[];
}
export interface WalledParts {
  readonly nat?: readonly NatBody[];
  readonly network?: readonly NetworkBody[];
  /** The VM's subnet sends 0.0.0.0/0 to the firewall. Default yes. */
  readonly routed?: boolean;
  /** Rules of the NSG of the interface; `none` for no NSG. */
  readonly nsg?:
    readonly (readonly [name: string, access: string, priority: number, port: string, source: string])[] | "none";
  readonly firewall?: Readonly<Record<string, unknown>>;
  readonly publicIp?: boolean;
  readonly machines?: readonly (readonly [name: string, address: string])[];
}

export function walledNet(parts: WalledParts = {}): AzureNet {
  const { nat = [], network = [], routed = true, nsg = [], firewall = {}, publicIp = false } = parts;
  const machines = parts.machines ?? [
    ["vm-a", "10.0.0.4"],
    ["vm-b", "10.0.0.5"],
  ];
  const vnet = id("virtualNetworks", "vnet");
  return parseAzureNet({
    vms: machines.map(([name]) => ({
      id: `${group}/providers/Microsoft.Compute/virtualMachines/${name}`,
      name,
      location: "westeurope",
      properties: { networkProfile: { networkInterfaces: [{ id: id("networkInterfaces", name) }] } },
    })),
    interfaces: machines.map(([name, address]) => ({
      id: id("networkInterfaces", name),
      properties: {
        ...(nsg !== "none" && { networkSecurityGroup: { id: nsgId } }),
        ipConfigurations: [
          {
            name: "ip",
            properties: {
              privateIPAddress: address,
              primary: true,
              subnet: { id: `${vnet}/subnets/apps` },
              ...(publicIp && { publicIPAddress: { id: id("publicIPAddresses", name) } }),
            },
          },
        ],
      },
    })),
    vnets: [
      {
        id: vnet,
        properties: {
          addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
          subnets: [
            {
              id: `${vnet}/subnets/apps`,
              name: "apps",
              properties: { addressPrefix: "10.0.0.0/24", routeTable: { id: id("routeTables", "to-fw") } },
            },
            {
              id: `${vnet}/subnets/AzureFirewallSubnet`,
              name: "AzureFirewallSubnet",
              properties: {
                addressPrefix: "10.0.1.0/26",
                ipConfigurations: [{ id: `${firewallId}/azureFirewallIpConfigurations/ip` }],
              },
            },
          ],
        },
      },
    ],
    nsgs:
      nsg === "none"
        ? []
        : [
            {
              id: nsgId,
              name: "nsg",
              properties: {
                securityRules: nsg.map(([name, access, priority, ports, source]) => ({
                  name,
                  properties: {
                    access,
                    priority,
                    direction: "Inbound",
                    protocol: "Tcp",
                    sourcePortRange: "*",
                    destinationPortRange: ports,
                    sourceAddressPrefix: source,
                    destinationAddressPrefix: "*",
                  },
                })),
              },
            },
          ],
    publicAddresses: [
      { id: id("publicIPAddresses", "fw"), properties: { ipAddress: FIREWALL_ADDRESS } },
      ...machines.map(([name]) => ({ id: id("publicIPAddresses", name), properties: { ipAddress: "203.0.113.4" } })),
    ],
    routeTables: [
      {
        id: id("routeTables", "to-fw"),
        properties: {
          routes: routed
            ? [
                {
                  properties: {
                    addressPrefix: "0.0.0.0/0",
                    nextHopType: "VirtualAppliance",
                    nextHopIpAddress: "10.0.1.4",
                  },
                },
              ]
            : [],
        },
      },
    ],
    firewalls: [
      {
        id: firewallId,
        name: "fw",
        properties: {
          provisioningState: "Succeeded",
          sku: { name: "AZFW_VNet", tier: "Standard" },
          ipConfigurations: [
            {
              name: "ip",
              properties: {
                privateIPAddress: "10.0.1.4",
                subnet: { id: `${vnet}/subnets/AzureFirewallSubnet` },
                publicIPAddress: { id: id("publicIPAddresses", "fw") },
              },
            },
          ],
          natRuleCollections: nat.map((rule, nth) => ({
            name: `nat-${rule.name}`,
            properties: { priority: rule.priority ?? 1000 + nth, action: { type: "Dnat" }, rules: [natRule(rule)] },
          })),
          networkRuleCollections: network.map((rule) => ({
            name: `net-${rule.name}`,
            properties: {
              priority: rule.priority,
              action: { type: rule.action ?? "Allow" },
              rules: [
                {
                  name: rule.name,
                  protocols: ["TCP"],
                  sourceAddresses: rule.from ?? ["*"],
                  destinationAddresses: rule.to ?? [],
                  destinationFqdns: rule.toNames ?? [],
                  destinationIpGroups: rule.toGroups ?? [],
                  destinationPorts: rule.ports ?? ["22"],
                },
              ],
            },
          })),
          ...firewall,
        },
      },
    ],
  });
}

const natRule = ({ name, from, groups, at, ports, to, toName, toPort, protocols }: NatBody) => ({
  name,
  protocols: protocols ?? ["TCP"],
  sourceAddresses: from ?? (groups === undefined ? ["*"] : []),
  sourceIpGroups: groups ?? [],
  destinationAddresses: [at ?? FIREWALL_ADDRESS],
  destinationPorts: ports ?? ["50022"],
  ...(toName === undefined ? { translatedAddress: to ?? "10.0.0.4" } : { translatedFqdn: toName }),
  translatedPort: toPort ?? "22",
});

/** Says of each mark where it was made, which is all that a law needs of a signature. */
export const seal: Seal = {
  sign: (claim, place) => ({ claim, keyId: "k", signature: `s${place.rule.length}` }),
  verifies: (mark, place) => mark.keyId === "k" && mark.signature === `s${place.rule.length}`,
};
export const model = createAzureModel();

export const ssh: readonly PortSpec[] = [{ port: port(22), protocol: "tcp" }];
export const lockDown = (ports = ssh, precedence: LockDown["options"]["precedence"] = "seed", at = vm): LockDown => ({
  kind: "lock-down",
  vm: at,
  id: "l0ckd0wn1" as LockdownId,
  ports,
  options: { precedence, sharedGroups: "refuse" },
  inverse: [],
});
export const unlock: Want = { kind: "unlock", vm, id: "l0ckd0wn1" as LockdownId, inverse: [], objects: [] };
export const accessTo = (door: number, ...sources: readonly string[]): PortAccess => ({
  port: port(door),
  protocol: "tcp",
  sources: sources as readonly string[] as readonly Cidr[],
});
export const END = instantOf(Date.UTC(2026, 0, 31, 10));
export const allow = (ports: readonly PortAccess[], grant = "grant0001", at = vm): Allow => ({
  kind: "allow",
  vm: at,
  grantId: grant as GrantId,
  ports,
  end: END,
});
export const withdraw = (grant = "grant0001", objects: readonly ObjectId[] = [], at = vm): Want => ({
  kind: "withdraw",
  vm: at,
  grantId: grant as GrantId,
  objects,
});

/** Plans, and has the plan checked for every address. */
export function changesOf(net: AzureNet, want: Want): readonly Change<AzureRule>[] {
  const planned = model.plan(net, want, seal);
  if (!planned.ok) throw new Error(planned.refusals[0].detail);
  expect(checkPlan(model, net, want, planned.changes, seal)).toEqual({ ok: true });
  return planned.changes;
}
export const after = (net: AzureNet, ...wants: readonly Want[]): AzureNet =>
  wants.reduce((now, want) => model.apply(now, changesOf(now, want)), net);
export const refusalOf = (net: AzureNet, want: Want) => {
  const planned = model.plan(net, want, seal);
  return planned.ok ? undefined : planned.refusals[0];
};

/** The collections that changes put or delete, with the verb. */
export const collectionsIn = (
  changes: readonly Change<AzureRule>[],
): readonly (FirewallCollection & { verb: string })[] =>
  changes.flatMap(({ rule, verb }) => (isCollection(rule) ? [{ ...rule, verb }] : []));

export const reach = (net: AzureNet, door = 22, address = "10.0.0.4", at = vm) =>
  model.reachable(net, { vm: at, destination: address as Address, port: port(door), protocol: "tcp" });
export const verdict = (net: AzureNet, source: string, door = 22) => verdictAt(reach(net, door), source as Address);
