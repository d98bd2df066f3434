import { addressNumber } from "@sallyport/contracts";
import type { Address, ObjectId } from "@sallyport/contracts";
import { andBy, decider, everySource, firstMatch, intersect } from "../address-set.ts";
import type { AddressSet, Matching, Part, Ruling } from "../address-set.ts";
import { everyAddress } from "../stretch.ts";
import type { Stretch } from "../stretch.ts";
import { rangesIn, termsIn } from "./extent.ts";
import type { PortRange, Terms } from "./extent.ts";
import type { Firewall, FirewallCollection, FirewallRule } from "./net.ts";
import type { AtFirewall, Spot } from "./spot.ts";

/** Azure Firewall filters IPv4 only. */
const FAMILY = "ipv4";
const ALL = [everyAddress(FAMILY)];

/** A packet on its way to a private address. */
interface Packet {
  readonly spot: Spot;
  readonly port: number;
  readonly protocol: "tcp" | "udp";
}

/** Where a packet enters by NAT: an address of the firewall's own, and a port of it. */
interface Entry {
  readonly address: string;
  readonly port: number;
}

interface Extent {
  readonly sources: Terms;
  readonly destinations: Terms;
  readonly ports: readonly PortRange[];
}

const read = new WeakMap<FirewallRule, Extent>();

function extentOf(rule: FirewallRule): Extent {
  const known = read.get(rule);
  if (known !== undefined) return known;
  const extent = {
    sources: termsIn(rule.sources),
    destinations: termsIn(rule.destinations),
    ports: rule.destinationPorts.flatMap(rangesIn),
  };
  read.set(rule, extent);
  return extent;
}

type Kind = FirewallCollection["kind"];
interface Placed {
  readonly rule: FirewallRule;
  readonly action: FirewallCollection["action"];
}
const sorted = new WeakMap<Firewall, ReadonlyMap<Kind, readonly Placed[]>>();

/** The rules of a kind in the order in which they decide. */
function rulesOf(firewall: Firewall, kind: Kind): readonly Placed[] {
  const known = sorted.get(firewall) ?? new Map((["nat", "network"] as const).map((one) => [one, sort(firewall, one)]));
  sorted.set(firewall, known);
  return known.get(kind) ?? [];
}

const sort = ({ collections }: Firewall, kind: Kind): readonly Placed[] =>
  collections
    .filter((collection) => collection.kind === kind)
    .toSorted((a, b) => a.priority - b.priority)
    .flatMap(({ rules, action }) => rules.map((rule) => ({ rule, action })));

export const meetsProtocol = ({ protocols }: FirewallRule, protocol: "tcp" | "udp"): boolean =>
  protocols.includes("any") || protocols.includes(protocol);

const holds = (stretches: readonly Stretch[], address: string): boolean => {
  const value = addressNumber(address as Address);
  return stretches.some(({ first, last }) => first <= value && value <= last);
};

/** Is a network rule about packets to this address and port? `perhaps` where it names what nobody here can look up. */
export function coversPacket(rule: FirewallRule, { spot, port, protocol }: Packet): "yes" | "no" | "perhaps" {
  const { destinations, ports } = extentOf(rule);
  if (!meetsProtocol(rule, protocol) || !ports.some(([first, last]) => first <= port && port <= last)) return "no";
  if (holds(destinations.ipv4, spot.address)) return "yes";
  return rule.destinationGroups.length + rule.destinationNames.length > 0 ? "perhaps" : "no";
}

/** Does a NAT rule lead to this address and port? `perhaps` where it leads to a name. */
export function leadsTo(rule: FirewallRule, { spot, port, protocol }: Packet): "yes" | "no" | "perhaps" {
  const { translated } = rule;
  if (translated === undefined || !meetsProtocol(rule, protocol)) return "no";
  const isPort =
    translated.port === undefined
      ? extentOf(rule).ports.some(([first, last]) => first <= port && port <= last)
      : translated.port === String(port);
  if (!isPort) return "no";
  if (translated.address !== undefined) return translated.address === spot.address ? "yes" : "no";
  return translated.name === undefined ? "no" : "perhaps";
}

/** The NAT rules of the firewall that lead to an address, on whatever port. */
export const natRulesTo = (firewall: Firewall, spot: Spot): readonly FirewallRule[] =>
  rulesOf(firewall, "nat").flatMap(({ rule }) => (rule.translated?.address === spot.address ? [rule] : []));

/** Where NAT rules open a way to an address and port, or may: one entry for each stretch of ports that is treated alike. */
function entriesTo(firewall: Firewall, packet: Packet): readonly Entry[] {
  const all = rulesOf(firewall, "nat");
  const starts = all.flatMap(({ rule }) => extentOf(rule).ports.flatMap(([first, last]) => [first, last + 1]));
  const entries = all.flatMap(({ rule }) => {
    if (leadsTo(rule, packet) === "no") return [];
    const within = extentOf(rule).ports.flatMap(([first, last]) =>
      rule.translated?.port === undefined ? [packet.port] : starts.filter((start) => first <= start && start <= last),
    );
    return rule.destinations.flatMap((address) => within.map((port) => ({ address, port })));
  });
  return [...new Map(entries.map((entry) => [`${entry.address} ${entry.port}`, entry])).values()];
}

/** Where every source gets to that knocks at an entry: is it this address and port? The first NAT rule that matches decides. */
function throughNat(firewall: Firewall, entry: Entry, packet: Packet): AddressSet {
  const rules = rulesOf(firewall, "nat").flatMap(({ rule }): readonly Matching[] => {
    const { ports } = extentOf(rule);
    if (!meetsProtocol(rule, packet.protocol)) return [];
    if (!ports.some(([first, last]) => first <= entry.port && entry.port <= last)) return [];
    if (!isAt(rule, entry.address)) return [];
    const leads = leadsHere(rule, entry, packet);
    const by = decider(firewall.id, rule.name);
    if (leads === "perhaps")
      return [doubtful({ verdict: "allowed", by }, rule, `where ${rule.translated?.name ?? ""} leads to is not known`)];
    return [matching({ verdict: leads === "yes" ? "allowed" : "denied", by }, rule)];
  });
  return firstMatch(FAMILY, rules, { verdict: "denied", by: decider(firewall.id, "no NAT rule") });
}

const leadsHere = (rule: FirewallRule, entry: Entry, packet: Packet): "yes" | "no" | "perhaps" =>
  rule.translated?.port === undefined && entry.port !== packet.port ? "no" : leadsTo(rule, packet);

function isAt(rule: FirewallRule, address: string): boolean {
  if (rule.destinations.includes(address) || rule.destinations.includes("*")) return true;
  const [own] = termsIn([address]).ipv4;
  return (
    own !== undefined &&
    extentOf(rule).destinations.ipv4.some(({ first, last }) => first <= own.first && own.last <= last)
  );
}

/** What network rules do with every source on the way to a private address; `otherwise` where none matches. */
function throughNetwork(firewall: Firewall, packet: Packet, otherwise: Ruling): AddressSet {
  const rules = rulesOf(firewall, "network").flatMap(({ rule, action }): readonly Matching[] => {
    const covers = coversPacket(rule, packet);
    if (covers === "no") return [];
    const ruling = { verdict: action === "allow" ? "allowed" : "denied", by: decider(firewall.id, rule.name) } as const;
    return [
      covers === "yes"
        ? matching(ruling, rule)
        : doubtful(ruling, rule, `whether ${rule.name} is about ${packet.spot.address} is not known`),
    ];
  });
  return firstMatch(FAMILY, rules, otherwise);
}

/** A rule as it applies: IP groups, and tags, may stand for any source. */
function matching(ruling: Ruling, rule: FirewallRule): Matching {
  const { sources } = extentOf(rule);
  if (rule.sourceGroups.length + sources.tags.length === 0) return { ruling, sources: sources.ipv4 };
  return {
    ruling,
    sources: sources.ipv4,
    perhaps: { sources: ALL, reason: `whom the IP groups and tags of ${rule.name} hold is not known` },
  };
}

function doubtful(ruling: Ruling, rule: FirewallRule, reason: string): Matching {
  const { sources, perhaps } = matching(ruling, rule);
  return { ruling, sources: [], perhaps: { sources: perhaps?.sources ?? sources, reason } };
}

/**
 * What the firewall does with sources whose packets come to the private address as they are, from beyond the network: only network
 * rules are asked, and what no rule allows is denied.
 */
export const forwarded = ({ is }: AtFirewall, packet: Packet): AddressSet =>
  is.governedBy === undefined
    ? throughNetwork(is, packet, { verdict: "denied", by: decider(is.id, "no rule") })
    : governed(is);

/** What network rules do with what NAT leads to the private address: a match of NAT allows by itself, where none of them denies. */
export const afterNat = (firewall: Firewall, packet: Packet): AddressSet =>
  throughNetwork(firewall, packet, { verdict: "allowed", by: "" });

/** Does a NAT rule take what comes to this port of this address of the firewall, or some of it? */
export const isTaken = (firewall: Firewall, address: string, port: number): boolean =>
  rulesOf(firewall, "nat").some(
    ({ rule }) => isAt(rule, address) && extentOf(rule).ports.some(([first, last]) => first <= port && port <= last),
  );

/**
 * Every source, by each way in that the firewall's NAT opens. A match allows by itself, unless a network rule denies what it leads to
 * (azure.md §9).
 */
export function translatedBy({ is }: AtFirewall, packet: Packet): readonly AddressSet[] {
  if (is.governedBy !== undefined) return [governed(is)];
  const network = afterNat(is, packet);
  return entriesTo(is, packet).map((entry) => intersect(throughNat(is, entry, packet), network));
}

const governed = ({ id, name }: Firewall): AddressSet =>
  everySource(FAMILY, "unknown", decider(id, "policy"), `what the policy of ${name} lets through is not known`);

/** What is decided about what comes from the firewall's own addresses, whichever of them it uses. */
export function atHop({ is, hops }: AtFirewall, parts: readonly Part[], level: ObjectId): Ruling {
  const unknown = { verdict: "unknown", by: decider(level, "unread") } as const;
  const [first, ...rest] = parts;
  if (first === undefined || hops.length === 0)
    return { ...unknown, reason: `the subnet of ${is.name} could not be read` };
  if (rest.every(({ verdict }) => verdict === first.verdict)) {
    const by = first.verdict === "allowed" ? parts.reduce((all, part) => andBy(all, part.by), "") : first.by;
    return { verdict: first.verdict, by, ...(first.reason !== undefined && { reason: first.reason }) };
  }
  return {
    verdict: "unknown",
    by: parts.reduce((all, part) => andBy(all, part.by), ""),
    reason: `${is.name} may use any address of its subnet, and not all of them get through`,
  };
}

/** The ports of the VM at which what the firewall does may change. */
export function boundariesAt({ is }: AtFirewall, spot: Spot): readonly number[] {
  const nat = rulesOf(is, "nat").flatMap(({ rule: { translated, ...rule } }) => {
    if (translated === undefined || (translated.address ?? spot.address) !== spot.address) return [];
    const ports = translated.port === undefined ? rule.destinationPorts : [translated.port];
    return ports.flatMap(rangesIn);
  });
  const network = rulesOf(is, "network").flatMap(({ rule }) =>
    holds(extentOf(rule).destinations.ipv4, spot.address) ||
    rule.destinationGroups.length + rule.destinationNames.length > 0
      ? extentOf(rule).ports
      : [],
  );
  return [...nat, ...network].flatMap(([first, last]) => [first, last + 1]);
}

/** Cheap and certain: do the very same rules of both states decide about such packets? */
export function firewallDecidesAlike(before: Firewall, after: Firewall, packet: Packet): boolean {
  if (before === after) return true;
  if (before.governedBy !== after.governedBy || before.subnets.join() !== after.subnets.join()) return false;
  if (before.addresses.join() !== after.addresses.join()) return false;
  const differing = (kind: Kind) => {
    const [was, is] = [before, after].map((one) => one.collections.filter((collection) => collection.kind === kind));
    return [
      ...(was ?? []).filter((one) => is?.includes(one) !== true),
      ...(is ?? []).filter((one) => was?.includes(one) !== true),
    ];
  };
  if (differing("network").some(({ rules }) => rules.some((rule) => coversPacket(rule, packet) !== "no"))) return false;
  if (differing("nat").length === 0) return true;
  // A rule that came may stand before another that leads here.
  return [before, after].every((one) => rulesOf(one, "nat").every(({ rule }) => leadsTo(rule, packet) === "no"));
}
