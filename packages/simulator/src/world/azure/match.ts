import type { Verdict } from "../reachability.ts";
import { contains, parseAddress, parsePrefix } from "./address.ts";
import type { Address } from "./address.ts";
import type { RuleProperties, SecurityRule } from "./resources.ts";

/** One packet as an NSG sees it: after the public address was translated to the private one (azure.md §7). */
export interface SeenPacket {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly source: Address;
  readonly destination: Address;
}

/** What an NSG must know of its surroundings to judge a packet. */
export interface Surroundings {
  /** Whether the address lies in what the service tag stands for; `undefined` when nobody here knows the tag's ranges. */
  readonly inTag: (tag: string, address: Address) => boolean | undefined;
  /** Whether the address belongs to an interface in this application security group. */
  readonly inGroup: (groupId: string, address: Address) => boolean;
}

/** Whether a rule is about a packet, as far as anybody here can know. */
export type Match = "yes" | "no" | "unknown";

/** The outcome of one NSG: the rule that decides, or the one whose unknown extent makes the outcome unknown. */
export interface NsgOutcome {
  readonly verdict: Verdict;
  readonly rule: string;
  readonly why: string;
}

/**
 * Walks the inbound rules in the order of their priorities: the first that matches decides. A rule that cannot be judged is passed
 * over, and makes the outcome unknown unless whatever decides afterwards says the same as it would.
 */
export function judge(rulesByPriority: readonly SecurityRule[], packet: SeenPacket, around: Surroundings): NsgOutcome {
  const doubtful: SecurityRule[] = [];
  for (const rule of rulesByPriority) {
    const match = matches(rule.properties, packet, around);
    if (match === "unknown") doubtful.push(rule);
    if (match !== "yes") continue;
    const doubt = doubtful.find((other) => isAllow(other) !== isAllow(rule));
    if (doubt === undefined) {
      const verdict = isAllow(rule) ? "allowed" : "denied";
      return { verdict, rule: rule.name, why: `${rule.properties.access} at priority ${rule.properties.priority}` };
    }
    return {
      verdict: "unknown",
      rule: doubt.name,
      why: `whether it covers the packet is not known, and ${rule.name} after it decides otherwise`,
    };
  }
  return { verdict: "denied", rule: "", why: "no rule matches" };
}

export const isInbound = (rule: SecurityRule): boolean => rule.properties.direction.toLowerCase() === "inbound";

const isAllow = (rule: SecurityRule): boolean => rule.properties.access.toLowerCase() === "allow";

export function matches(rule: RuleProperties, packet: SeenPacket, around: Surroundings): Match {
  if (!speaks(rule.protocol, packet.protocol)) return "no";
  if (!all(rule.destinationPortRange, rule.destinationPortRanges).some((range) => portIn(range, packet.port)))
    return "no";
  return every([
    () => sourcePort(all(rule.sourcePortRange, rule.sourcePortRanges)),
    () =>
      addressIn(
        packet.source,
        all(rule.sourceAddressPrefix, rule.sourceAddressPrefixes),
        rule.sourceApplicationSecurityGroups ?? [],
        around,
      ),
    () =>
      addressIn(
        packet.destination,
        all(rule.destinationAddressPrefix, rule.destinationAddressPrefixes),
        rule.destinationApplicationSecurityGroups ?? [],
        around,
      ),
  ]);
}

export const every = (tests: readonly (() => Match)[]): Match => {
  let result: Match = "yes";
  for (const test of tests) {
    const match = test();
    if (match === "no") return "no";
    if (match === "unknown") result = "unknown";
  }
  return result;
};

export const some = (matchesOf: readonly Match[]): Match =>
  matchesOf.includes("yes") ? "yes" : matchesOf.includes("unknown") ? "unknown" : "no";

/** Singular and plural say the same thing; absent, null and "" say nothing. */
const all = (one: string | null | undefined, many: readonly string[] | null | undefined): readonly string[] =>
  one === undefined || one === null || one === "" ? (many ?? []) : [one, ...(many ?? [])];

const speaks = (written: string, protocol: string): boolean => {
  const name = written.toLowerCase();
  return (
    name === "*" || name === "all" || name === "any" || name === protocol || name === (protocol === "tcp" ? "6" : "17")
  );
};

function rangeOf(text: string): readonly [number, number] | undefined {
  if (text === "*") return [0, 65535];
  const match = /^\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?$/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2] ?? match[1])];
}

export const portIn = (text: string, port: number): boolean => {
  const range = rangeOf(text);
  return range !== undefined && range[0] <= port && port <= range[1];
};

/** A client's own port: of Linux's and the IANA's ephemeral ports, whichever the system picks. */
const EPHEMERAL = [32768, 65535] as const;

function sourcePort(written: readonly string[]): Match {
  return some(
    written.map((text) => {
      const range = rangeOf(text);
      if (range === undefined || range[1] < EPHEMERAL[0] || range[0] > EPHEMERAL[1]) return "no";
      return range[0] <= EPHEMERAL[0] && range[1] >= EPHEMERAL[1] ? "yes" : "unknown";
    }),
  );
}

function addressIn(
  address: Address,
  prefixes: readonly string[],
  groups: readonly { readonly id: string }[],
  around: Surroundings,
): Match {
  if (groups.some((group) => around.inGroup(group.id, address))) return "yes";
  return some(prefixes.map((text) => inPrefix(text, address, around)));
}

export function inPrefix(text: string, address: Address, around: Surroundings): Match {
  if (text === "*" || text.toLowerCase() === "any") return "yes";
  const prefix = parsePrefix(text);
  if (prefix !== undefined) return contains(prefix, address) ? "yes" : "no";
  const range = /^(.+?)\s*-\s*(.+)$/.exec(text);
  const [from, to] = [parseAddress(range?.[1] ?? ""), parseAddress(range?.[2] ?? "")];
  if (from !== undefined && to !== undefined)
    return address.family === from.family && from.value <= address.value && address.value <= to.value ? "yes" : "no";
  // A tag begins with a letter; anything else ("789") is nonsense that ARM accepts and no packet matches.
  if (!/^[a-z]/i.test(text)) return "no";
  const inTag = around.inTag(text, address);
  return inTag === undefined ? "unknown" : inTag ? "yes" : "no";
}
