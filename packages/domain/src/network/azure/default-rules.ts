import type { NsgRule } from "./net.ts";

const rule = (
  name: string,
  access: NsgRule["access"],
  direction: NsgRule["direction"],
  priority: number,
  source: string,
  destination: string,
): NsgRule => ({
  name,
  description: "",
  access,
  direction,
  priority,
  protocol: "*",
  sourcePorts: ["*"],
  destinationPorts: ["*"],
  sources: [source],
  destinations: [destination],
  sourceGroups: [],
  destinationGroups: [],
});

/** What every NSG ends with and nobody can change (azure.md §6): taken where a body leaves them out. */
export const DEFAULT_RULES: readonly NsgRule[] = [
  rule("AllowVnetInBound", "allow", "inbound", 65_000, "VirtualNetwork", "VirtualNetwork"),
  rule("AllowAzureLoadBalancerInBound", "allow", "inbound", 65_001, "AzureLoadBalancer", "*"),
  rule("DenyAllInBound", "deny", "inbound", 65_500, "*", "*"),
  rule("AllowVnetOutBound", "allow", "outbound", 65_000, "VirtualNetwork", "VirtualNetwork"),
  rule("AllowInternetOutBound", "allow", "outbound", 65_001, "*", "Internet"),
  rule("DenyAllOutBound", "deny", "outbound", 65_500, "*", "*"),
];
