import { isEverywhere, pointOf, rangeHas, rangeOf } from "./cidr.ts";
import type { Point } from "./cidr.ts";
import type { Arrival } from "./packet-source.ts";
import type { Hop } from "../reachability.ts";
import type { NetworkInterface } from "./describe.ts";
import type { AwsRegion } from "./region.ts";
import { peerText } from "./rule.ts";
import type { Rule } from "./rule.ts";

type Match = "yes" | "no" | { readonly unknown: string };

/**
 * How the groups of one interface judge a packet: the union of all their rules, and no rule denies (aws.md §3). A rule from everywhere
 * is named before a narrower one, because it decides whether the flow is tracked.
 */
export function judgeByGroups(region: AwsRegion, at: NetworkInterface, packet: Arrival): Hop {
  const hops: Hop[] = [];
  for (const { GroupId } of at.Groups) {
    const group = region.groups.get(GroupId);
    if (group === undefined) {
      hops.push(hop(GroupId, "unknown", `the world holds no rules of ${GroupId}`));
      continue;
    }
    for (const rule of group.rules) {
      if (rule.isEgress || !admitsPort(rule, packet)) continue;
      const match = matchPeer(region, rule, packet.from);
      if (match === "no") continue;
      const text = `${rule.protocol === "-1" ? "all traffic" : `${packet.protocol} ${packet.port}`} from ${peerText(rule.peer)}`;
      if (match === "yes") hops.push({ ...hop(GroupId, "allowed", text), rule: rule.id });
      else hops.push({ ...hop(GroupId, "unknown", match.unknown), rule: rule.id });
    }
  }
  const names = at.Groups.map(({ GroupId }) => GroupId).join(", ");
  return (
    hops.find(({ verdict, rule }) => verdict === "allowed" && rule !== undefined && admitsEveryone(region, at, rule)) ??
    hops.find(({ verdict }) => verdict === "allowed") ??
    hops.find(({ verdict }) => verdict === "unknown") ??
    hop(names, "denied", `no rule of ${names} admits ${packet.protocol} ${packet.port} from ${packet.source}`)
  );
}

const hop = (object: string, verdict: Hop["verdict"], why: string): Hop => ({
  object,
  kind: "security-group",
  verdict,
  why,
});

function admitsPort(rule: Rule, { protocol, port }: Arrival): boolean {
  if (rule.protocol === "-1") return true;
  if (rule.protocol !== protocol) return false;
  return (rule.fromPort ?? 0) <= port && port <= (rule.toPort ?? 65_535);
}

function matchPeer(region: AwsRegion, { peer }: Rule, source: Point): Match {
  switch (peer.kind) {
    case "range":
      return rangeHas(peer.range, source) ? "yes" : "no";
    case "prefix-list": {
      const entries = region.prefixLists.get(peer.id)?.Entries;
      if (entries === undefined) return { unknown: `the content of prefix list ${peer.id} is not in the world` };
      return entries.some(({ Cidr }) => isIn(Cidr, source)) ? "yes" : "no";
    }
    case "group":
      // A referenced group stands for the private addresses of its interfaces, never for their public ones.
      return isMember(region, peer.groupId, source) ? "yes" : "no";
  }
}

function isIn(cidr: string, source: Point): boolean {
  const range = rangeOf(cidr);
  return range !== undefined && rangeHas(range, source);
}

function isMember(region: AwsRegion, groupId: string, source: Point): boolean {
  return [...region.interfaces.values()].some(
    (one) =>
      one.Groups.some((group) => group.GroupId === groupId) &&
      privateAddressesOf(one).some((address) => isAt(address, source)),
  );
}

function isAt(address: string, { family, number }: Point): boolean {
  const point = pointOf(address);
  return point?.family === family && point.number === number;
}

/** Every address of the interface by which hosts inside the VPC reach it. */
export function privateAddressesOf(one: NetworkInterface): readonly string[] {
  const v4 = [one.PrivateIpAddress, ...one.PrivateIpAddresses.map(({ PrivateIpAddress }) => PrivateIpAddress)];
  return [
    ...new Set(v4.flatMap((address) => address ?? [])),
    ...one.Ipv6Addresses.map(({ Ipv6Address }) => Ipv6Address),
  ];
}

function admitsEveryone(region: AwsRegion, at: NetworkInterface, ruleId: string): boolean {
  const rule = rulesOf(region, at).find(({ id }) => id === ruleId);
  return rule?.peer.kind === "range" && isEverywhere(rule.peer.range);
}

const rulesOf = (region: AwsRegion, at: NetworkInterface): readonly Rule[] =>
  at.Groups.flatMap(({ GroupId }) => region.groups.get(GroupId)?.rules ?? []);

/**
 * Is a flow that this rule admits tracked? Not when it comes in by a rule from everywhere while all answers may leave: then each of
 * its packets is judged by the rules of the moment (aws.md §4).
 */
export function isTracked(region: AwsRegion, at: NetworkInterface, ruleId: string, packet: Arrival): boolean {
  if (!admitsEveryone(region, at, ruleId)) return true;
  return !rulesOf(region, at).some(
    ({ isEgress, protocol, fromPort, toPort, peer }) =>
      isEgress &&
      peer.kind === "range" &&
      isEverywhere(peer.range) &&
      rangeHas(peer.range, packet.from) &&
      (protocol === "-1" || (protocol === packet.protocol && (fromPort ?? 0) === 0 && toPort === 65_535)),
  );
}
