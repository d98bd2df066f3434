import type { RuleProperties, SecurityRule } from "./resources.ts";

const rule = (
  name: string,
  description: string,
  [source, destination]: readonly [string, string],
  [access, priority, direction]: readonly ["Allow" | "Deny", number, "Inbound" | "Outbound"],
): SecurityRule => ({
  name,
  properties: {
    provisioningState: "Succeeded",
    description,
    protocol: "*",
    sourcePortRange: "*",
    destinationPortRange: "*",
    sourceAddressPrefix: source,
    destinationAddressPrefix: destination,
    access,
    priority,
    direction,
    sourcePortRanges: [],
    destinationPortRanges: [],
    sourceAddressPrefixes: [],
    destinationAddressPrefixes: [],
  } satisfies RuleProperties,
});

/** The six rules that every NSG has and nobody can change, as recorded from real ones (azure.md §6). */
export const DEFAULT_RULES: readonly SecurityRule[] = [
  rule(
    "AllowVnetInBound",
    "Allow inbound traffic from all VMs in VNET",
    ["VirtualNetwork", "VirtualNetwork"],
    ["Allow", 65000, "Inbound"],
  ),
  rule(
    "AllowAzureLoadBalancerInBound",
    "Allow inbound traffic from azure load balancer",
    ["AzureLoadBalancer", "*"],
    ["Allow", 65001, "Inbound"],
  ),
  rule("DenyAllInBound", "Deny all inbound traffic", ["*", "*"], ["Deny", 65500, "Inbound"]),
  rule(
    "AllowVnetOutBound",
    "Allow outbound traffic from all VMs to all VMs in VNET",
    ["VirtualNetwork", "VirtualNetwork"],
    ["Allow", 65000, "Outbound"],
  ),
  rule(
    "AllowInternetOutBound",
    "Allow outbound traffic from all VMs to Internet",
    ["*", "Internet"],
    ["Allow", 65001, "Outbound"],
  ),
  rule("DenyAllOutBound", "Deny all outbound traffic", ["*", "*"], ["Deny", 65500, "Outbound"]),
];

export const isDefaultRuleName = (name: string): boolean =>
  DEFAULT_RULES.some((known) => known.name.toLowerCase() === name.toLowerCase());
