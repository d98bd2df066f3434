import { keyOf } from "./estate.ts";
import { matches } from "./match.ts";
import type { SeenPacket, Surroundings } from "./match.ts";
import type { AdminRule } from "./resources.ts";

/** What security admin rules do with a packet: refuse it, let it in past every NSG, or leave it to the NSGs. */
export type AdminEnd = "deny" | "bypass" | "pass";

export interface AdminOutcome {
  /** Several where it cannot be known which rule decides; none where there are no rules. */
  readonly ends: ReadonlySet<AdminEnd>;
  /** Empty, where no rule is about the packet. */
  readonly rule: string;
  readonly why: string;
}

const END: Readonly<Record<string, AdminEnd>> = { deny: "deny", alwaysallow: "bypass", allow: "pass" };
const endOf = ({ properties }: AdminRule): AdminEnd | undefined => END[properties.access.toLowerCase()];

/**
 * The smallest priority that matches decides, within a network manager. Whose rules come first, where two managers hold the network,
 * depends on their scopes, which are no part of it: both may.
 */
export function judgeAdmin(all: readonly AdminRule[], packet: SeenPacket, around: Surroundings): AdminOutcome {
  const inbound = all.filter(({ properties }) => properties.direction.toLowerCase() === "inbound");
  const managers = new Set(inbound.map(managerOf));
  const judged = [...managers].map((manager) =>
    judgeOne(
      inbound.filter((rule) => managerOf(rule) === manager),
      packet,
      around,
    ),
  );
  const ends = new Set(judged.flatMap(({ ends: found }) => [...found]));
  // That none of one manager's rules matches is left to the others, and to the NSGs where none of theirs does.
  if (judged.length > 0 && judged.every(({ isSettled }) => !isSettled)) ends.add("pass");
  const rule = judged.flatMap(({ rules }) => rules)[0];
  if (rule === undefined) return { ends, rule: "", why: "" };
  const { access, priority } = rule.properties;
  return { ends, rule: rule.id.slice(rule.id.lastIndexOf("/") + 1), why: `${access} at priority ${priority}` };
}

const managerOf = ({ id }: AdminRule): string => /^.*?\/networkmanagers\/[^/]+/.exec(keyOf(id))?.[0] ?? keyOf(id);

interface Judged {
  readonly ends: ReadonlySet<AdminEnd>;
  readonly rules: readonly AdminRule[];
  /** One of its rules matches for certain. */
  readonly isSettled: boolean;
}

function judgeOne(rules: readonly AdminRule[], packet: SeenPacket, around: Surroundings): Judged {
  const ends = new Set<AdminEnd>();
  const found: AdminRule[] = [];
  for (const priority of [...new Set(rules.map(({ properties }) => properties.priority))].toSorted((a, b) => a - b)) {
    let isSettled = false;
    for (const rule of rules.filter(({ properties }) => properties.priority === priority)) {
      const match = matches(asRule(rule), packet, around);
      if (match === "no") continue;
      found.push(rule);
      const end = endOf(rule);
      for (const one of end === undefined ? (["deny", "bypass", "pass"] as const) : [end]) ends.add(one);
      isSettled ||= match === "yes";
    }
    if (isSettled) return { ends, rules: found, isSettled };
  }
  return { ends, rules: found, isSettled: false };
}

/** In an NSG's words; what is left out does not narrow a rule. */
const asRule = ({ properties }: AdminRule): Parameters<typeof matches>[0] => ({
  ...properties,
  sourcePortRanges: orAny(properties.sourcePortRanges),
  destinationPortRanges: orAny(properties.destinationPortRanges),
  sourceAddressPrefixes: orAny(properties.sources?.flatMap(({ addressPrefix }) => addressPrefix ?? [])),
  destinationAddressPrefixes: orAny(properties.destinations?.flatMap(({ addressPrefix }) => addressPrefix ?? [])),
});

const orAny = (texts: readonly string[] | null | undefined): string[] =>
  texts === null || texts === undefined || texts.length === 0 ? ["*"] : [...texts];
