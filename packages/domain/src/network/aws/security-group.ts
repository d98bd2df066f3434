import { boundsOf, familyOf, port, shortNameOf } from "@sallyport/contracts";
import type { Address, Family, Port } from "@sallyport/contracts";
import { decider, everySource, firstMatch } from "../address-set.ts";
import type { AddressSet, Matching } from "../address-set.ts";
import type { Flow } from "../model.ts";
import { everyAddress, stretchesOf } from "../stretch.ts";
import type { Stretch } from "../stretch.ts";
import { ruleName } from "./marks.ts";
import { groupOf, holdersOf, interfacesOf } from "./net.ts";
import type { AwsGroup, AwsInterface, AwsNet, AwsPeer, AwsPermit } from "./net.ts";
import { boundariesOf, permits } from "./permit.ts";

/** The VM's interface that holds the address. */
export const interfaceAt = (net: AwsNet, { vm, destination }: Flow): AwsInterface | undefined =>
  interfacesOf(net, vm).find(({ addresses }) => addresses.includes(destination));

/**
 * Who gets in: the union over all groups of the interface that holds the address, since no security-group rule denies (S15, P45).
 * Of several rules that let a source in, the first one in the order of the groups is named.
 */
export function reachableThroughGroups(net: AwsNet, flow: Flow): AddressSet {
  const family = familyOf(flow.destination);
  const one = interfaceAt(net, flow);
  if (one === undefined) return everySource(family, "denied", `${shortNameOf(flow.vm)}/no interface has this address`);
  return firstMatch(
    family,
    one.groups.flatMap((key) => {
      const group = groupOf(net, key);
      return group === undefined ? [unread(key, family)] : matchingsOf(net, group, flow, family);
    }),
    { verdict: "denied", by: decider(one.id, "no rule of its groups") },
  );
}

const unread = (key: AwsGroup["key"], family: Family): Matching => ({
  ruling: { verdict: "allowed", by: decider(key, "rules") },
  sources: [],
  perhaps: { sources: [everyAddress(family)], reason: `the rules of ${key} are not known` },
});

const matchingsOf = (net: AwsNet, group: AwsGroup, { port: at, protocol }: Flow, family: Family): readonly Matching[] =>
  group.ingress
    .filter((permit) => permits(permit, protocol, at))
    .map((permit): Matching => {
      const ruling = { verdict: "allowed", by: decider(group.key, ruleName(group, permit)) } as const;
      const found = sourcesOf(net, permit.peer, family);
      return "reason" in found
        ? { ruling, sources: found.sources, perhaps: { sources: [everyAddress(family)], reason: found.reason } }
        : { ruling, sources: found.sources };
    });

interface Sources {
  readonly sources: readonly Stretch[];
}
/** What may match beyond `sources` cannot be known, for this reason. */
type Found = Sources | (Sources & { readonly reason: string });

function sourcesOf(net: AwsNet, peer: AwsPeer, family: Family): Found {
  switch (peer.kind) {
    case "cidr":
      return { sources: rangeOf(peer, family) };
    case "unreadable":
      return { sources: [], reason: `the source ${peer.text} cannot be read` };
    case "prefix-list": {
      const entries = net.prefixLists.find(({ id }) => id === peer.id)?.entries;
      if (entries === undefined) return { sources: [], reason: `the content of ${peer.id} is not known` };
      return { sources: stretchesOf(family, entries) };
    }
    case "group": {
      const group = net.groups.find(({ id }) => id === peer.id);
      const sources = group === undefined ? [] : membersOf(net, group, family);
      if (group?.membersKnown === true) return { sources };
      return { sources, reason: `not every member of ${peer.id} is known` };
    }
  }
}

/** A reference to a group lets the private addresses of its members in. */
const membersOf = (net: AwsNet, group: AwsGroup, family: Family): readonly Stretch[] =>
  stretchesOf(
    family,
    holdersOf(net, group.key).flatMap(({ addresses }) => addresses.map(hostRange)),
  );

const hostRange = (address: Address) => `${address}/${familyOf(address) === "ipv4" ? 32 : 128}` as Range["cidr"];

type Range = Extract<AwsPeer, { kind: "cidr" }>;
const ranges = new WeakMap<Range, readonly Stretch[]>();

/** Remembered per value: a check asks for the same ranges at every port. */
function rangeOf(peer: Range, family: Family): readonly Stretch[] {
  if (familyOf(peer.cidr) !== family) return [];
  const known = ranges.get(peer);
  if (known !== undefined) return known;
  const found = [boundsOf(peer.cidr)];
  ranges.set(peer, found);
  return found;
}

/** The very same rules decide, and nothing that they refer to has moved. */
export function decidedAlike(before: AwsNet, after: AwsNet, flow: Flow): boolean {
  if (before.prefixLists !== after.prefixLists) return false;
  const [then, now] = [rulesFor(before, flow), rulesFor(after, flow)];
  if (then === undefined || now === undefined || then.length !== now.length) return false;
  const mayMove = before.interfaces !== after.interfaces;
  return then.every((permit, i) => permit === now[i] && !(mayMove && permit.peer.kind === "group"));
}

/** The rules that let somebody in; `undefined` where no interface has the address, or a group's rules are not known. */
function rulesFor(net: AwsNet, flow: Flow): readonly AwsPermit[] | undefined {
  const found: AwsPermit[] = [];
  const one = interfaceAt(net, flow);
  if (one === undefined) return undefined;
  for (const key of one.groups) {
    const group = groupOf(net, key);
    if (group === undefined) return undefined;
    for (const permit of group.ingress) if (permits(permit, flow.protocol, flow.port)) found.push(permit);
  }
  return found;
}

/** Ports at which some rule of these groups begins, or ends before. */
export const portBoundaries = (net: AwsNet, groups: readonly AwsGroup["key"][]): readonly Port[] => {
  const bounds = groups.flatMap((key) => groupOf(net, key)?.ingress.flatMap(boundariesOf) ?? []);
  return [...new Set(bounds)].filter((bound) => bound >= 1 && bound <= 65_535).map(port);
};
