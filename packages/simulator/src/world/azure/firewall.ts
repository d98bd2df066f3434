import { keyOf } from "./estate.ts";
import type { Estate } from "./estate.ts";
import { parseAddress, textOf } from "./address.ts";
import type { Address } from "./address.ts";
import { every, inPrefix, portIn, some } from "./match.ts";
import type { Match, Surroundings } from "./match.ts";
import type { Firewall, NatRule, NetworkRule } from "./resources.ts";
import type { Verdict } from "../reachability.ts";

/** What a firewall says about a packet: the rule that decides, or why nobody knows. */
export interface FirewallOutcome {
  readonly verdict: Verdict;
  readonly rule: string;
  readonly why: string;
}

/** A packet as it comes to a firewall. */
export interface FirewallPacket {
  readonly protocol: "tcp" | "udp";
  readonly source: Address;
  readonly destination: Address;
  readonly port: number;
}

interface Candidate {
  readonly match: Match;
  readonly name: string;
  readonly allows: boolean;
}

/** The first that matches decides; one that cannot be judged, before it and of another mind, makes the outcome unknown. */
function first(candidates: Iterable<Candidate>, otherwise: FirewallOutcome): FirewallOutcome {
  const doubtful: Candidate[] = [];
  const unless = (outcome: FirewallOutcome): FirewallOutcome => {
    const doubt = doubtful.find(({ allows }) => allows !== (outcome.verdict === "allowed"));
    if (doubt === undefined) return outcome;
    return { verdict: "unknown", rule: doubt.name, why: "what it covers is not part of this world" };
  };
  for (const candidate of candidates) {
    if (candidate.match === "unknown") doubtful.push(candidate);
    if (candidate.match !== "yes") continue;
    const { name, allows } = candidate;
    return unless({ verdict: allows ? "allowed" : "denied", rule: name, why: `${allows ? "allows" : "denies"} it` });
  }
  return unless(otherwise);
}

interface Ordered<R> {
  readonly rule: R;
  readonly name: string;
  readonly action: string;
}

/** Rules in the order in which they are asked: of collections by priority, in each as written (azure.md §9). */
const ordered = <R extends { readonly name?: string | null | undefined }>(
  collections: readonly {
    readonly name: string;
    readonly properties: {
      readonly priority: number;
      readonly action: { readonly type: string };
      readonly rules: readonly R[];
    };
  }[],
): readonly Ordered<R>[] =>
  collections
    .toSorted((a, b) => a.properties.priority - b.properties.priority)
    .flatMap(({ name, properties }) =>
      properties.rules.map((rule) => ({
        rule,
        name: `${name}/${rule.name ?? ""}`,
        action: properties.action.type.toLowerCase(),
      })),
    );

/** What its network rules say; `otherwise` where none matches. */
export function judgeNetwork(
  estate: Estate,
  firewall: Firewall,
  packet: FirewallPacket,
  otherwise: FirewallOutcome,
): FirewallOutcome {
  const candidates = ordered(firewall.properties.networkRuleCollections).map(({ rule, name, action }) => ({
    name,
    allows: action === "allow",
    match: covers(estate, rule, packet),
  }));
  return first(candidates, otherwise);
}

export const NO_RULE: FirewallOutcome = { verdict: "denied", rule: "", why: "no rule allows it" };

/** A match of NAT allows by itself, unless a network rule denies what it leads to. */
const IMPLICIT: FirewallOutcome = { verdict: "allowed", rule: "", why: "what NAT leads to is allowed by itself" };

/**
 * Whether somebody gets to this address and port by knocking at one of the firewall's own addresses: for each place where a NAT rule
 * might lead there, what becomes of the packet.
 */
export function judgeNat(
  estate: Estate,
  firewall: Firewall,
  { protocol, source, destination, port }: FirewallPacket,
): readonly FirewallOutcome[] {
  const rules = ordered(firewall.properties.natRuleCollections);
  const edges = rules.flatMap(({ rule }) => (rule.destinationPorts ?? []).flatMap((text) => edgesOf(text)));
  const outcomes: FirewallOutcome[] = [];
  for (const knock of publicAddressesOf(estate, firewall))
    for (const at of new Set([port, ...edges])) {
      const entry = { protocol, source, destination: knock, port: at };
      const candidates = rules.map(({ rule, name }) => ({
        name,
        leads: leadsTo(rule, destination, port, at),
        match: covers(estate, rule, entry),
      }));
      if (!candidates.some(({ leads, match }) => leads !== "no" && match !== "no")) continue;
      const nat = first(
        candidates.map(({ name, leads, match }) => ({
          name,
          allows: leads !== "no",
          match: leads === "unknown" && match === "yes" ? "unknown" : match,
        })),
        { verdict: "denied", rule: "", why: "no NAT rule matches" },
      );
      if (nat.verdict === "denied") {
        outcomes.push(nat);
        continue;
      }
      const after = judgeNetwork(estate, firewall, { protocol, source, destination, port }, IMPLICIT);
      const why = `${textOf(knock)}:${at} leads to ${textOf(destination)}:${port}`;
      outcomes.push(after.verdict === "allowed" ? { ...nat, why } : after);
    }
  return outcomes;
}

function leadsTo(rule: NatRule, destination: Address, port: number, at: number): Match {
  const translated = rule.translatedPort ? Number(rule.translatedPort) : at;
  if (translated !== port) return "no";
  if (rule.translatedAddress) {
    const to = parseAddress(rule.translatedAddress);
    return to?.family === destination.family && to.value === destination.value ? "yes" : "no";
  }
  return rule.translatedFqdn ? "unknown" : "no";
}

/** The public addresses that a firewall answers at. */
export const publicAddressesOf = (estate: Estate, firewall: Firewall): readonly Address[] =>
  firewall.properties.ipConfigurations.flatMap(({ properties }) => {
    const text = estate.publicIp(properties.publicIPAddress?.id ?? "")?.properties.ipAddress ?? "";
    return parseAddress(text) ?? [];
  });

function covers(estate: Estate, rule: NetworkRule, packet: FirewallPacket): Match {
  const speaks = (rule.protocols ?? []).some((name) => /^any$/i.test(name) || name.toLowerCase() === packet.protocol);
  if (!speaks || !(rule.destinationPorts ?? []).some((text) => portIn(text, packet.port))) return "no";
  const names = rule.destinationFqdns ?? [];
  return every([
    () => holds(estate, packet.source, rule.sourceAddresses ?? [], rule.sourceIpGroups ?? []),
    () =>
      some([
        holds(estate, packet.destination, rule.destinationAddresses ?? [], rule.destinationIpGroups ?? []),
        // What a name resolves to is nobody's to know here.
        names.length > 0 ? "unknown" : "no",
      ]),
  ]);
}

/** Addresses, ranges, tags and IP groups; a group that is part of the world is as good as its addresses. */
function holds(estate: Estate, address: Address, written: readonly string[], groups: readonly string[]): Match {
  const listed = groups.map((id) => ipGroupOf(estate, id));
  const texts = [...written, ...listed.flatMap((group) => group ?? [])];
  return some([
    ...texts.map((text) => inPrefix(text, address, NO_TAGS)),
    ...(listed.includes(undefined) ? UNKNOWN : []),
  ]);
}

const UNKNOWN: readonly Match[] = ["unknown"];

const NO_TAGS: Surroundings = { inTag: () => undefined, inGroup: () => false };

function ipGroupOf(estate: Estate, id: string): readonly string[] | undefined {
  const found = estate.entry(keyOf(id))?.effective;
  const addresses: unknown = found?.kind === "other" ? found.doc.properties["ipAddresses"] : undefined;
  return Array.isArray(addresses) ? addresses.filter((text) => typeof text === "string") : undefined;
}

const edgesOf = (text: string): readonly number[] => {
  const match = /^\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?$/.exec(text);
  return match === null ? [] : [Number(match[1]), Number(match[2] ?? match[1])];
};
