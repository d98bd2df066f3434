import type { NsgRule } from "@sallyport/domain";

/** Azure's spelling of the protocols that our rules have. */
const PROTOCOLS: Readonly<Record<string, string>> = { tcp: "Tcp", udp: "Udp", "*": "*" };

/** One value goes into the singular field, several into the plural one; `*` and tags are refused in the plural (azure.md §7). */
const oneOrMany = (one: string, many: string, values: readonly string[]) =>
  values.length === 1 ? { [one]: values[0] } : { [many]: values };

/** The body of a PUT for a rule of ours. */
export const bodyOfRule = (rule: NsgRule): unknown => ({
  properties: {
    description: rule.description,
    protocol: PROTOCOLS[rule.protocol] ?? rule.protocol,
    ...oneOrMany("sourcePortRange", "sourcePortRanges", rule.sourcePorts),
    ...oneOrMany("destinationPortRange", "destinationPortRanges", rule.destinationPorts),
    ...oneOrMany("sourceAddressPrefix", "sourceAddressPrefixes", rule.sources),
    ...oneOrMany("destinationAddressPrefix", "destinationAddressPrefixes", rule.destinations),
    access: rule.access === "allow" ? "Allow" : "Deny",
    priority: rule.priority,
    direction: rule.direction === "inbound" ? "Inbound" : "Outbound",
  },
});
