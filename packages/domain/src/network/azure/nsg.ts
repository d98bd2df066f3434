import { addressNumber } from "@sallyport/contracts";
import type { Address, Family, ObjectId, Port } from "@sallyport/contracts";
import { remembered } from "../../remembered.ts";
import { decider, firstMatch } from "../address-set.ts";
import type { AddressSet, Matching } from "../address-set.ts";
import { lastOf, merged } from "../stretch.ts";
import type { Stretch } from "../stretch.ts";
import { extentOf } from "./extent.ts";
import { lastPart } from "./json.ts";
import type { Extent } from "./extent.ts";
import type { Nsg, NsgRule } from "./net.ts";
import type { Spot } from "./spot.ts";
import { addressesOfTag } from "./tags.ts";
import type { Known } from "./tags.ts";

/** A packet at its destination: NSGs see the private address (P30). */
export interface Arrival {
  readonly spot: Spot;
  readonly port: Port;
  readonly protocol: "tcp" | "udp";
  /** The addresses in the Net that belong to an application security group. */
  readonly members: (group: ObjectId) => readonly Address[];
}

const sorted = new WeakMap<Nsg, readonly NsgRule[]>();

/** The inbound rules in the order in which they decide, the default ones last. */
export function inboundRules(nsg: Nsg): readonly NsgRule[] {
  const known = sorted.get(nsg);
  if (known !== undefined) return known;
  const rules = [...nsg.rules, ...nsg.defaults]
    .filter(({ direction }) => direction === "inbound")
    .toSorted((a, b) => a.priority - b.priority);
  sorted.set(nsg, rules);
  return rules;
}

/** What an NSG's rule and a security admin rule have in common. */
export type Filter = Omit<NsgRule, "access" | "description">;

/** Is the rule about packets to this address? For a private address that is certain. */
export function coversSpot(rule: Filter, spot: Spot): boolean {
  const { family, configuration } = spot;
  if (rule.destinationGroups.some((group) => configuration.groups.includes(group))) return true;
  const { destinations } = extentOf(rule);
  if (destinations.tags.includes("virtualnetwork")) return true;
  const stretches = destinations[family];
  if (stretches.length === 0) return false;
  const value = numberAt(spot);
  return stretches.some(({ first, last }) => first <= value && value <= last);
}

const values = new WeakMap<Spot, bigint>();

const numberAt = (spot: Spot): bigint => remembered(values, spot, () => addressNumber(spot.address));

/** Is the rule about this port and transport? */
export const coversPort = (rule: Filter, port: number, protocol: "tcp" | "udp"): boolean =>
  (rule.protocol === "*" || rule.protocol === protocol) &&
  extentOf(rule).ports.some(([first, last]) => first <= port && port <= last);

const onPorts = new WeakMap<Nsg, Map<string, readonly NsgRule[]>>();
/** Ports that are remembered of one NSG. */
const PORTS = 256;

function rulesOnPort(nsg: Nsg, port: number, protocol: "tcp" | "udp"): readonly NsgRule[] {
  const known = remembered(onPorts, nsg, () => new Map<string, readonly NsgRule[]>());
  const key = `${port}/${protocol}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const rules = inboundRules(nsg).filter((rule) => coversPort(rule, port, protocol));
  if (known.size < PORTS) known.set(key, rules);
  return rules;
}

/** The rules that decide about such packets, in order; which one, the source says. */
export function rulesFor(nsg: Nsg, { spot, port, protocol }: Omit<Arrival, "members">): readonly NsgRule[] {
  const rules = rulesOnPort(nsg, port, protocol);
  return areAboutAll(rules, spot.family) ? rules : rules.filter((rule) => coversSpot(rule, spot));
}

const aboutAll: Readonly<Record<Family, WeakMap<readonly NsgRule[], boolean>>> = {
  ipv4: new WeakMap(),
  ipv6: new WeakMap(),
};

/** Are these rules about every address of the family, so that none has to be looked at? Most rules are. */
function areAboutAll(rules: readonly NsgRule[], family: Family): boolean {
  const known = aboutAll[family].get(rules);
  if (known !== undefined) return known;
  const answer = rules.every((rule) => {
    const { destinations } = extentOf(rule);
    return (
      destinations.tags.includes("virtualnetwork") ||
      destinations[family].some(({ first, last }) => first === 0n && last === lastOf(family))
    );
  });
  aboutAll[family].set(rules, answer);
  return answer;
}

const differences = new WeakMap<Nsg, { readonly from: Nsg; readonly rules: readonly NsgRule[] }>();

/** The inbound rules that only one of two states of an NSG holds. Where none of them matches, the same rules decide in the same order. */
export function differingRules(before: Nsg, after: Nsg): readonly NsgRule[] {
  const known = differences.get(after);
  if (known?.from === before) return known.rules;
  const [was, is] = [new Set(inboundRules(before)), new Set(inboundRules(after))];
  const rules = [...[...was].filter((rule) => !is.has(rule)), ...[...is].filter((rule) => !was.has(rule))];
  differences.set(after, { from: before, rules });
  return rules;
}

/** What an NSG does with every source: the first rule that matches decides, the default rules included (azure.md §7). */
export function throughNsg(nsg: Nsg, arrival: Arrival): AddressSet {
  const rules = rulesFor(nsg, arrival);
  const decide = (): AddressSet =>
    firstMatch(arrival.spot.family, matchings(nsg, rules, arrival), {
      verdict: "denied",
      by: decider(nsg.id, "no rule"),
    });
  // Who is in an application security group is a matter of the whole Net.
  return rules.some(({ sourceGroups }) => sourceGroups.length > 0)
    ? decide()
    : decided(nsg, rules, arrival.spot, decide);
}

function* matchings(nsg: Nsg, rules: readonly NsgRule[], arrival: Arrival): Generator<Matching> {
  for (const rule of rules)
    yield {
      ruling: { verdict: rule.access === "allow" ? "allowed" : "denied", by: decider(nsg.id, rule.name) },
      ...matching(rule, arrival),
    };
}

/** What the same rules did before, seen from the same network: one NSG guards many VMs, and many ports are treated alike. */
interface Decided {
  readonly rules: readonly NsgRule[];
  readonly family: Family;
  readonly vnet: Spot["vnet"];
  readonly routes: Spot["routes"];
  readonly set: AddressSet;
}
const decisions = new WeakMap<Nsg, Decided[]>();
/** Decisions that are remembered of one NSG. */
const REMEMBERED = 64;

function decided(
  nsg: Nsg,
  rules: readonly NsgRule[],
  { family, vnet, routes }: Spot,
  decide: () => AddressSet,
): AddressSet {
  const known = decisions.get(nsg) ?? [];
  const before = known.find(
    (one) =>
      one.family === family &&
      one.routes === routes &&
      isSamePlace(one.vnet, vnet) &&
      (one.rules === rules || (one.rules.length === rules.length && one.rules.every((rule, at) => rule === rules[at]))),
  );
  if (before !== undefined) return before.set;
  const set = decide();
  decisions.set(nsg, [{ rules, family, vnet, routes, set }, ...known].slice(0, REMEMBERED));
  return set;
}

/** Everything that a tag asks about a network; parts of one Net share these lists. */
const isSamePlace = (a: Spot["vnet"], b: Spot["vnet"]): boolean =>
  a === b || (a?.prefixes === b?.prefixes && a?.peers === b?.peers && a?.hasGateway === b?.hasGateway);

/** The sources of packets that a rule matches, and those of which nobody here knows. */
export function matching(rule: Filter, arrival: Arrival): Omit<Matching, "ruling"> {
  const extent = extentOf(rule);
  const { certain, doubts } = sourcesOf(rule, extent, arrival);
  switch (extent.sourcePorts) {
    case "none":
      return { sources: [] };
    case "some": {
      const sources = [...certain, ...doubts.flatMap(({ stretches }) => stretches)];
      return { sources: [], perhaps: { sources, reason: `${rule.name} asks for the sender's own port` } };
    }
    case "any":
      break;
  }
  if (doubts.length === 0) return { sources: certain };
  const perhaps = {
    sources: doubts.flatMap(({ stretches }) => stretches),
    reason: doubts.map(({ reason }) => reason).join("; "),
  };
  return { sources: certain, perhaps };
}

interface Doubt {
  readonly stretches: readonly Stretch[];
  readonly reason: string;
}

function sourcesOf(
  rule: Filter,
  { sources }: Extent,
  { spot, members }: Arrival,
): { readonly certain: readonly Stretch[]; readonly doubts: readonly Doubt[] } {
  const certain = [...sources[spot.family]];
  const doubts: Doubt[] = [];
  for (const name of sources.tags) {
    const tag = tagAt(name, spot);
    certain.push(...tag.certain);
    if (tag.perhaps.length > 0) doubts.push({ stretches: tag.perhaps, reason: tag.reason });
  }
  for (const group of rule.sourceGroups) {
    certain.push(...members(group).flatMap((address) => oneOf(address, spot.family)));
    const { certain: nearby } = tagAt("virtualnetwork", spot);
    doubts.push({ stretches: nearby, reason: `who is in ${lastPart(group)} besides is not known` });
  }
  return { certain: merged(certain), doubts };
}

interface Tagged {
  readonly tag: string;
  readonly family: Family;
  readonly vnet: Spot["vnet"];
  readonly routes: Spot["routes"];
  readonly known: Known;
}
const tagged = new WeakMap<object, Tagged[]>();
const NOWHERE = {};
/** Answers that are remembered of one network. */
const TAGS = 64;

/** What a tag stands for in a network and behind a route table: the same for every machine, rule and port there. */
function tagAt(tag: string, { family, vnet, routes }: Spot): Known {
  const place = vnet?.prefixes ?? NOWHERE;
  const here = tagged.get(place) ?? [];
  const before = here.find(
    (one) => one.tag === tag && one.family === family && one.routes === routes && isSamePlace(one.vnet, vnet),
  );
  if (before !== undefined) return before.known;
  const known = addressesOfTag(tag, family, vnet, routes);
  tagged.set(place, [{ tag, family, vnet, routes, known }, ...here].slice(0, TAGS));
  return known;
}

function oneOf(address: Address, family: Family): readonly Stretch[] {
  if (address.includes(":") !== (family === "ipv6")) return [];
  const value = addressNumber(address);
  return [{ first: value, last: value }];
}
