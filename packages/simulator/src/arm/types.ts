import type { Target } from "./target.ts";

/** The resource types that this cloud knows, as they are spelled, with the name that operations on them carry. */
interface KnownType {
  readonly namespace: string;
  readonly type: string;
  readonly singular: string;
}

const known = (namespace: string, type: string, singular: string): KnownType => ({ namespace, type, singular });

export const TYPES: readonly KnownType[] = [
  known("Microsoft.Network", "networkSecurityGroups", "NetworkSecurityGroup"),
  known("Microsoft.Network", "networkInterfaces", "Nic"),
  known("Microsoft.Network", "virtualNetworks", "VirtualNetwork"),
  known("Microsoft.Network", "publicIPAddresses", "PublicIpAddress"),
  known("Microsoft.Network", "applicationSecurityGroups", "ApplicationSecurityGroup"),
  known("Microsoft.Network", "routeTables", "RouteTable"),
  known("Microsoft.Network", "azureFirewalls", "AzureFirewall"),
  known("Microsoft.Compute", "virtualMachines", "VirtualMachine"),
  // What others refer to: kept as it is written, without any effect on packets.
  known("Microsoft.Network", "firewallPolicies", "FirewallPolicy"),
  known("Microsoft.Network", "ipGroups", "IpGroup"),
  known("Microsoft.Network", "loadBalancers", "LoadBalancer"),
  known("Microsoft.Network", "natGateways", "NatGateway"),
  known("Microsoft.Network", "publicIPPrefixes", "PublicIpPrefix"),
  known("Microsoft.Network", "virtualHubs", "VirtualHub"),
  known("Microsoft.Network", "virtualWans", "VirtualWan"),
  known("Microsoft.Compute", "availabilitySets", "AvailabilitySet"),
  known("Microsoft.Compute", "disks", "Disk"),
];

export const knownType = (namespace: string, type: string): KnownType | undefined =>
  TYPES.find(
    (one) => one.namespace.toLowerCase() === namespace.toLowerCase() && one.type.toLowerCase() === type.toLowerCase(),
  );

const CHILDREN: Readonly<Record<string, string>> = {
  securityrules: "SecurityRule",
  subnets: "Subnet",
  virtualnetworkpeerings: "VirtualNetworkPeering",
  routes: "Route",
};

/** What ARM calls a write, e.g. `PutSecurityRuleOperation`: in its messages, and in a script's `operation`. */
export function operationNameOf(method: string, target: Target): string | undefined {
  const verb = method === "PUT" ? "Put" : method === "DELETE" ? "Delete" : undefined;
  if (verb === undefined) return undefined;
  if (target.kind === "resource") {
    const known = knownType(target.namespace, target.type);
    return known && `${verb}${known.singular}Operation`;
  }
  const child = target.kind === "child" ? CHILDREN[target.childType.toLowerCase()] : undefined;
  return child && `${verb}${child}Operation`;
}
