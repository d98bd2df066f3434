import { DEFAULT_RULES } from "./default-rules.ts";
import { idsIn, lastPart, listIn, objectIn, oneOrMany, ownId, propertiesOf, textIn } from "./json.ts";
import type { Nsg, NsgRule } from "./net.ts";

/** Reads an NSG's body, its rules included. */
export function parseNsg(body: unknown): Nsg {
  const id = ownId(body, "network security group");
  const { securityRules, defaultSecurityRules, flushConnection } = propertiesOf(body);
  const defaults = listIn(defaultSecurityRules).flatMap((rule) => parseRule(rule) ?? []);
  return {
    id,
    name: textIn(objectIn(body)["name"]) ?? lastPart(id),
    rules: listIn(securityRules).flatMap((rule) => parseRule(rule) ?? []),
    defaults: defaults.length > 0 ? defaults : DEFAULT_RULES,
    flushes: flushConnection === true,
  };
}

/** Reads one rule. A body without access or priority is none: `undefined`. */
export function parseRule(body: unknown): NsgRule | undefined {
  const is = propertiesOf(body);
  const access = textIn(is["access"])?.toLowerCase();
  const direction = textIn(is["direction"])?.toLowerCase();
  const { priority } = is;
  if (access !== "allow" && access !== "deny") return undefined;
  if (direction !== "inbound" && direction !== "outbound") return undefined;
  if (typeof priority !== "number") return undefined;
  return {
    name: textIn(objectIn(body)["name"]) ?? "",
    description: textIn(is["description"]) ?? "",
    access,
    direction,
    priority,
    protocol: protocolIn(is["protocol"]),
    sourcePorts: oneOrMany(is["sourcePortRange"], is["sourcePortRanges"]),
    destinationPorts: oneOrMany(is["destinationPortRange"], is["destinationPortRanges"]),
    sources: oneOrMany(is["sourceAddressPrefix"], is["sourceAddressPrefixes"]),
    destinations: oneOrMany(is["destinationAddressPrefix"], is["destinationAddressPrefixes"]),
    sourceGroups: idsIn(is["sourceApplicationSecurityGroups"]),
    destinationGroups: idsIn(is["destinationApplicationSecurityGroups"]),
    ...((textIn(is["provisioningState"])?.toLowerCase() ?? SETTLED) !== SETTLED && { inDoubt: true }),
  };
}

const SETTLED = "succeeded";

/** In lower case; `*` for any, and where nothing is said. */
export function protocolIn(value: unknown): string {
  const protocol = textIn(value)?.toLowerCase() ?? "*";
  return PROTOCOLS[protocol] ?? protocol;
}

/** Other spellings of one protocol (P33). */
const PROTOCOLS: Readonly<Record<string, string>> = { all: "*", any: "*", "6": "tcp", "17": "udp", "1": "icmp" };
