import { VmRef, port } from "@sallyport/contracts";
import type { Finding, Family, JitPolicy, PortSpec } from "@sallyport/contracts";
import { exposureOf } from "../network/exposure.ts";
import type { NetworkModel } from "../network/model.ts";
import { createAzureModel } from "../network/azure/model.ts";
import type { AzureNet } from "../network/azure/net.ts";
import { parseAzureNet } from "../network/azure/parse.ts";
import { overlap, sizeOf } from "../network/stretch.ts";
import { classify } from "./classify.ts";
import { fromInternet } from "./exposing-rules.ts";
import { internet } from "./internet.ts";
import { openDoors } from "./open-door.ts";

/** One Azure VM as ARM's own bodies say it is, and what becomes of it on the way to a finding. */

const group = "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourceGroups/rg";
const id = (type: string, name: string) => `${group}/providers/Microsoft.Network/${type}/${name}`;
export const vm = VmRef.parse(`${group}/providers/Microsoft.Compute/virtualMachines/vm`);
export const asgId = id("applicationSecurityGroups", "asg");

/** A rule's properties; inbound TCP to everything, unless it says otherwise. */
export type RuleBody = Readonly<Record<string, unknown>>;
export const allow = (priority: number, about: RuleBody): RuleBody => ({ access: "Allow", priority, ...about });
export const deny = (priority: number, about: RuleBody): RuleBody => ({ access: "Deny", priority, ...about });

export interface VmParts {
  /** Rules of the interface's NSG, of the subnet's; no NSG there, when absent. */
  readonly nic?: readonly RuleBody[];
  readonly subnet?: readonly RuleBody[];
  readonly publicIp?: boolean;
  readonly power?: "running" | "deallocated";
  readonly vnet?: Readonly<Record<string, unknown>>;
  readonly firewalls?: readonly object[];
  readonly routes?: readonly object[];
  readonly groups?: readonly string[];
}

const nsgBody = (name: string, rules: readonly RuleBody[]) => ({
  id: id("networkSecurityGroups", name),
  name,
  properties: {
    securityRules: rules.map((properties, n) => ({
      name: `rule-${n + 1}`,
      properties: {
        direction: "Inbound",
        protocol: "Tcp",
        sourcePortRange: "*",
        destinationAddressPrefix: "*",
        ...properties,
      },
    })),
  },
});

export function azureNet(parts: VmParts): AzureNet {
  const subnet = `${id("virtualNetworks", "vnet")}/subnets/web`;
  const configuration = (name: string, address: string, more: object) => ({
    name,
    properties: {
      privateIPAddress: address,
      subnet: { id: subnet },
      ...(parts.groups !== undefined && { applicationSecurityGroups: parts.groups.map((one) => ({ id: one })) }),
      ...more,
    },
  });
  return parseAzureNet({
    vms: [
      {
        id: vm,
        name: "vm",
        location: "westeurope",
        properties: {
          storageProfile: { osDisk: { osType: "Linux" } },
          networkProfile: { networkInterfaces: [{ id: id("networkInterfaces", "nic") }] },
          instanceView: { statuses: [{ code: `PowerState/${parts.power ?? "running"}` }] },
        },
      },
    ],
    interfaces: [
      {
        id: id("networkInterfaces", "nic"),
        properties: {
          virtualMachine: { id: vm },
          ...(parts.nic !== undefined && { networkSecurityGroup: { id: id("networkSecurityGroups", "nsg-nic") } }),
          ipConfigurations: [
            configuration("v4", "10.0.0.4", {
              primary: true,
              ...(parts.publicIp !== false && { publicIPAddress: { id: id("publicIPAddresses", "pip") } }),
            }),
            configuration("v6", "fd00::4", {}),
          ],
        },
      },
    ],
    vnets: [
      {
        id: id("virtualNetworks", "vnet"),
        properties: {
          addressSpace: { addressPrefixes: ["10.0.0.0/16", "fd00::/48"] },
          subnets: [
            {
              id: subnet,
              name: "web",
              properties: {
                addressPrefixes: ["10.0.0.0/24", "fd00::/64"],
                ...(parts.routes !== undefined && { routeTable: { id: id("routeTables", "routes") } }),
                ...(parts.subnet !== undefined && {
                  networkSecurityGroup: { id: id("networkSecurityGroups", "nsg-subnet") },
                }),
              },
            },
          ],
          ...parts.vnet,
        },
      },
    ],
    nsgs: [
      ...(parts.nic === undefined ? [] : [nsgBody("nsg-nic", parts.nic)]),
      ...(parts.subnet === undefined ? [] : [nsgBody("nsg-subnet", parts.subnet)]),
      // Attached to nothing, and open to everybody: it decides nothing.
      nsgBody("nsg-idle", [allow(100, { sourceAddressPrefix: "*", destinationPortRange: "*" })]),
    ],
    publicAddresses: [{ id: id("publicIPAddresses", "pip"), properties: { ipAddress: "198.51.100.10" } }],
    ...(parts.firewalls !== undefined && { firewalls: parts.firewalls }),
    ...(parts.routes !== undefined && {
      routeTables: [{ id: id("routeTables", "routes"), properties: { routes: parts.routes } }],
    }),
  });
}

export const SSH: readonly PortSpec[] = [{ port: port(22), protocol: "tcp" }];

/** How much of the Internet gets in to port 22, or may, in the words of the golden tables. */
export type Reach = "everybody" | "everybody or not" | "half" | "one address" | "some" | "nobody";

export function reachOf<Net, Rule>(model: NetworkModel<Net, Rule>, net: Net, of: VmRef, family: Family): Reach {
  const exposures = fromInternet(exposureOf(model, net, of, SSH));
  const [door] = openDoors(exposures, true);
  const size = sizeOf(overlap(door?.sources[family] ?? [], internet[family]));
  const all = sizeOf(internet[family]);
  if (size === 0n) return "nobody";
  if (size === all) return door?.uncertain === true ? "everybody or not" : "everybody";
  if (size === 1n) return "one address";
  return 3n * size > all && 3n * size < 2n * all ? "half" : "some";
}

const model = createAzureModel();
export const azureReach = (parts: VmParts, family: Family = "ipv4"): Reach =>
  reachOf(model, azureNet(parts), vm, family);

/** The finding of a VM, from the cloud's bytes. */
export function findingOf<Net, Rule>(
  of: NetworkModel<Net, Rule>,
  net: Net,
  ref: VmRef,
  more: { readonly isEnrolled?: boolean; readonly policy?: JitPolicy } = {},
): Finding {
  const facts = of.facts(net, ref);
  if (facts === undefined) throw new Error(`${ref} is not there`);
  return classify({
    facts,
    isEnrolled: true,
    lockdown: { kind: "locked" },
    exposure: exposureOf(of, net, ref, SSH),
    ...more,
  });
}

export const azureFinding = (parts: VmParts): Finding => findingOf(model, azureNet(parts), vm);
