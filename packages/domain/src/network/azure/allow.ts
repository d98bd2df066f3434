import { boundsOf, familyOf, refusal, shortNameOf } from "@sallyport/contracts";
import type { Cidr, Family, Port, Protocol, Refusal } from "@sallyport/contracts";
import { difference, partsIn, sourcesThat } from "../address-set.ts";
import type { Part } from "../address-set.ts";
import { transportsOf } from "../exposure.ts";
import type { Claim, Seal } from "../mark.ts";
import type { Change, Planned } from "../model.ts";
import { cidrsOf, sayStretch, stretchesOf, without } from "../stretch.ts";
import type { Stretch } from "../stretch.ts";
import type { Allow } from "../want.ts";
import { adminAt } from "./admin-rules.ts";
import { applyChanges } from "./apply.ts";
import { allowPriority } from "./bands.ts";
import type { Bands } from "./bands.ts";
import { lastPart } from "./json.ts";
import { allowName } from "./names.ts";
import type { AzureNet, AzureRule, Nsg, NsgRule } from "./net.ts";
import { throughNsg } from "./nsg.ts";
import type { Arrival } from "./nsg.ts";
import { openFirewalls } from "./open-firewall.ts";
import type { FarDoor } from "./open-firewall.ts";
import { deleteRule, isOf, ownRules, putRule, says, slotFor, takenIn, withoutRules } from "./own-rules.ts";
import type { Content, Own } from "./own-rules.ts";
import { behind, guardedBy, guardsOf, reachable, wallsOf } from "./path.ts";
import type { Guard } from "./path.ts";
import { indexOf } from "./spot.ts";
import type { Spot } from "./spot.ts";
import { addressesOfTag, privateIn } from "./tags.ts";

/** Ports with the same transport and the same sources of one family: what one rule can say (P11). */
interface Door {
  readonly family: Family;
  readonly protocol: Protocol;
  readonly ports: readonly Port[];
  readonly sources: readonly Cidr[];
  /** Counted over the whole want, so that a rule keeps its name whatever the network is like. */
  readonly name: string;
  /** It is for the firewall, on the way of somebody else. */
  readonly isHop?: true;
}

/**
 * Opens exactly what was granted, on every NSG of the path that would not let it through by itself (P2). Rules of grants are not
 * counted as letting through: each grant stands alone, so that none narrows another when it ends (G5).
 */
export function planAllow(net: AzureNet, want: Allow, seal: Seal, bands: Bands): Planned<AzureRule> {
  const claim = { kind: "grant", id: want.grantId, end: want.end } as const;
  const doors = doorsOf(want);
  const { spots, nsg: nsgAt } = indexOf(net);
  const families = new Set(spots(want.vm).map(({ family }) => family));
  if (!doors.some(({ family }) => families.has(family))) return refused(noFamily(want, doors));
  const unread = guardsOf(net, want.vm).find((id) => nsgAt(id) === undefined);
  if (unread !== undefined) return refused(unreadable(want, unread));

  const overruled = overruledAt(net, want, doors);
  if (overruled !== undefined) return refused(overruled);

  const changes: Change<NsgRule>[] = [];
  const refusals: Refusal[] = [];
  const needed = new Set<NsgRule>();
  for (const { nsg, spots: guarded } of guardedBy(net, want.vm)) {
    const own = ownRules(nsg, seal, isOf(claim));
    const taken = takenIn(nsg);
    for (const [door, at] of doorsAt(guarded, doors)) {
      const { name, now } = slotFor(nsg, own, door.name);
      const guard = { nsg, spots: at };
      const place = at.length === 0 ? undefined : placeOf(net, want, guard, door, now, seal, taken, bands);
      if (typeof place === "object") refusals.push(place);
      if (typeof place !== "number") continue;
      taken.add(place);
      if (now !== undefined) needed.add(now.rule);
      const content = contentOf(door, at);
      if (now === undefined || now.rule.priority !== place || !says(now, claim, content))
        changes.push(putRule(nsg.id, name, place, claim, content, seal));
    }
  }
  const walls = openFirewalls(
    net,
    want,
    doors.flatMap((door) => farDoorOf(net, want, door)),
    seal,
    bands,
  );
  const [first, ...more] = [...refusals, ...walls.refusals];
  if (first !== undefined) return refused(first, ...more);
  // Closed by every object before the slow one, and opened by it at last: an NSG's rules are in force in seconds.
  const all = [...changes, ...leftovers(net, claim, seal, needed), ...walls.puts, ...walls.deletes];
  const alongside = letInWith(net, want, all);
  return alongside === undefined ? { ok: true, changes: all } : refused(alongside);
}

/**
 * What a door asks of the NSGs before some addresses. An address behind a firewall is reached from near as it is, and from afar by the firewall: the rule is
 * for the firewall's subnet, then, and not for the user's address (P39).
 */
function doorsAt(spots: readonly Spot[], doors: readonly Door[]): readonly (readonly [Door, readonly Spot[]])[] {
  return doors.flatMap((door) => {
    const here = spots.filter(({ family }) => family === door.family);
    const open = here.filter((spot) => behind(spot) === undefined);
    const walled = here.filter((spot) => behind(spot) !== undefined);
    const at = walled[0]?.firewall;
    const { near, far, beyond } = byDistance(door, walled[0]);
    const hop: Door = { ...door, name: `${door.name}-fw`, sources: cidrsOf(door.family, at?.hops ?? []), isHop: true };
    const inside: Door = { ...door, name: `${door.name}-near`, sources: [...near, ...beyond] };
    return [
      [door, open],
      [inside, inside.sources.length > 0 ? walled : []],
      [hop, far.length > 0 && hop.sources.length > 0 ? walled : []],
    ] as const;
  });
}

function farDoorOf(net: AzureNet, want: Allow, door: Door): readonly FarDoor[] {
  const [walled] = wallsOf(net, want.vm).flatMap(({ spots }) => spots);
  if (door.family !== "ipv4" || walled === undefined) return [];
  const { far, beyond } = byDistance(door, walled);
  return far.length + beyond.length > 0 ? [{ ...door, far, beyond }] : [];
}

/** Sources of this network and its peers, of private networks beyond, and of the Internet. A range that is more than private is far. */
function byDistance({ family, sources }: Door, spot: Spot | undefined) {
  const here = addressesOfTag("virtualnetwork", family, spot?.vnet, undefined).certain;
  const isIn = (source: Cidr, stretches: readonly Stretch[]) => without([boundsOf(source)], stretches).length === 0;
  const near = sources.filter((source) => isIn(source, here));
  const rest = sources.filter((source) => !near.includes(source));
  const beyond = rest.filter((source) => isIn(source, privateIn(family)));
  return { near, beyond, far: rest.filter((source) => !beyond.includes(source)) };
}

/** Whom the grant's way to the machine would let in besides: a foreign NAT rule leads there, too, and only the NSGs keep it shut. */
function letInWith(net: AzureNet, want: Allow, changes: readonly Change<AzureRule>[]): Refusal | undefined {
  const walled = wallsOf(net, want.vm).flatMap(({ spots }) => spots);
  if (walled.length === 0 || changes.length === 0) return undefined;
  const after = applyChanges(net, changes);
  for (const { address: destination } of walled)
    for (const { port, protocol: granted, sources } of want.ports)
      for (const protocol of transportsOf(granted)) {
        const flow = { vm: want.vm, destination, port, protocol };
        const others = difference(reachable(net, flow), reachable(after, flow)).find(
          (shift) => shift.after.verdict !== "denied" && without([shift], stretchesOf("ipv4", sources)).length > 0,
        );
        if (others === undefined) continue;
        return refusal(
          "network.shadowed",
          `${others.after.by} leads ${sayStretch("ipv4", others)} to ${port} of ${shortNameOf(want.vm)}, too: what lets the grant through would let them in`,
          { object: want.vm },
        );
      }
  return undefined;
}

/** Rules of the grant that it does not need any more: an NSG that left the path, an address family that is gone. */
const leftovers = (net: AzureNet, claim: Claim, seal: Seal, needed: ReadonlySet<NsgRule>): readonly Change<NsgRule>[] =>
  net.nsgs.flatMap((nsg) =>
    ownRules(nsg, seal, isOf(claim))
      .filter(({ rule }) => !needed.has(rule))
      .map((own) => deleteRule(nsg.id, own)),
  );

function doorsOf(want: Allow): readonly Door[] {
  const groups = new Map<string, Omit<Door, "name">>();
  for (const { port, protocol, sources } of want.ports)
    for (const family of ["ipv4", "ipv6"] as const) {
      const own = sources.filter((source) => familyOf(source) === family).toSorted();
      if (own.length === 0) continue;
      const key = [family, protocol, ...own].join(" ");
      const ports = [...new Set([...(groups.get(key)?.ports ?? []), port])].toSorted((a, b) => a - b);
      groups.set(key, { family, protocol, ports, sources: own });
    }
  return [...groups.values()].map((door, nth) => ({ ...door, name: allowName(want.grantId, nth) }));
}

const contentOf = ({ protocol, ports, sources }: Door, spots: readonly Spot[]): Content => ({
  access: "allow",
  protocol,
  destinationPorts: ports.map(String),
  sources,
  destinations: [...new Set(spots.map(({ address }) => address))],
});

/** The rule's priority; `undefined` when the NSG lets the sources through anyway and there is no rule yet; or why there is none. */
function placeOf(
  net: AzureNet,
  want: Allow,
  guard: Guard,
  door: Door,
  now: Own | undefined,
  seal: Seal,
  taken: ReadonlySet<number>,
  { allow, ...bands }: Bands,
): number | undefined | Refusal {
  const { nsg } = guard;
  const base = withoutRules(
    nsg,
    ownRules(nsg, seal, ({ kind }) => kind === "grant"),
  );
  const shut = shutFor(net, base, guard, door);
  if (shut === undefined) return now?.rule.priority;
  const lets = (priority: number) => shutFor(net, withDoor(base, guard, door, priority), guard, door);
  const current = now?.rule.priority;
  if (current !== undefined && current >= allow.first && current <= allow.last && lets(current) === undefined)
    return current;
  const free = allowPriority({ allow, ...bands }, taken);
  if (free === undefined)
    return refusal(
      "network.no-free-priority",
      `no priority from ${allow.first} to ${allow.last} of ${lastPart(nsg.id)} is free for the grant on ${shortNameOf(want.vm)}`,
      { object: nsg.id },
    );
  const still = lets(free);
  return still === undefined ? free : shadowed(want, nsg, door, free, still);
}

/** The first part of the granted sources that the NSG does not let through to one of the ports, and that must pass it. */
function shutFor(net: AzureNet, nsg: Nsg, { spots }: Guard, door: Door): Part | undefined {
  for (const arrival of arrivalsAt(net, spots, door)) {
    const admin = adminAt(net, arrival);
    const sources = stretchesOf(door.family, door.sources);
    // The firewall's subnet, where a granted range includes it, is nobody's.
    const granted = door.isHop === true ? sources : without(sources, arrival.spot.firewall?.hops ?? []);
    const asked = admin === undefined ? granted : without(granted, sourcesThat(admin.bypasses, "allowed"));
    const shut = partsIn(throughNsg(nsg, arrival), asked).find(({ verdict }) => verdict !== "allowed");
    if (shut !== undefined) return shut;
  }
  return undefined;
}

function arrivalsAt(net: AzureNet, spots: readonly Spot[], door: Door): readonly Arrival[] {
  const { members } = indexOf(net);
  return spots
    .filter(({ family }) => family === door.family)
    .flatMap((spot) =>
      door.ports.flatMap((port) => transportsOf(door.protocol).map((protocol) => ({ spot, port, protocol, members }))),
    );
}

/** Why no rule of an NSG could open the doors: security admin rules come before it, and one of them denies, or none can be read (P31). */
function overruledAt(net: AzureNet, want: Allow, doors: readonly Door[]): Refusal | undefined {
  for (const [door, spots] of doorsAt(indexOf(net).spots(want.vm), doors))
    for (const arrival of arrivalsAt(net, spots, door)) {
      const admin = adminAt(net, arrival);
      const shut =
        admin &&
        partsIn(admin.passes, stretchesOf(door.family, door.sources)).find(({ verdict }) => verdict !== "allowed");
      if (admin === undefined || shut === undefined) continue;
      const who = `${sayStretch(door.family, shut)} to ${arrival.port} of ${shortNameOf(want.vm)}`;
      return shut.verdict === "denied"
        ? refusal("network.shadowed", `security admin rule ${shut.by} denies ${who}, before any NSG is asked`, {
            object: admin.idOf(shut.by) ?? admin.object,
          })
        : refusal(
            // Not for good, where Azure only did not answer: the grant waits for it, as long as it may.
            admin.mayPass === true ? "azure.unavailable" : "network.source-unknown",
            `nobody here knows whether ${who} would get in: ${shut.reason ?? shut.by}`,
            {
              object: admin.object,
            },
          );
    }
  return undefined;
}

function withDoor(base: Nsg, { spots }: Guard, door: Door, priority: number): Nsg {
  const rule: NsgRule = {
    ...contentOf(
      door,
      spots.filter(({ family }) => family === door.family),
    ),
    name: door.name,
    description: "",
    direction: "inbound",
    priority,
    sourcePorts: ["*"],
    sourceGroups: [],
    destinationGroups: [],
  };
  return { ...base, rules: [...base.rules, rule] };
}

const refused = (first: Refusal, ...more: readonly Refusal[]): Planned<AzureRule> => ({
  ok: false,
  refusals: [first, ...more],
});

function shadowed(want: Allow, nsg: Nsg, door: Door, priority: number, part: Part): Refusal {
  const name = lastPart(part.by);
  const rule = nsg.rules.find((candidate) => candidate.name === name);
  const who = sayStretch(door.family, part);
  return refusal(
    part.verdict === "unknown" ? "network.source-unknown" : "network.shadowed",
    `${name} of ${lastPart(nsg.id)}${rule === undefined ? "" : ` at ${rule.priority}`} decides about ${who} before a rule at ${priority}, ` +
      `the first that is free for the grant on ${shortNameOf(want.vm)}${part.reason === undefined ? "" : `: ${part.reason}`}`,
    { object: `${nsg.id}/securityRules/${name}` },
  );
}

const noFamily = (want: Allow, doors: readonly Door[]): Refusal =>
  refusal(
    "network.unsupported",
    `${shortNameOf(want.vm)} has no ${doors.some(({ family }) => family === "ipv4") ? "IPv4" : "IPv6"} address, so the sources cannot reach it`,
    { object: want.vm },
  );

const unreadable = (want: Allow, nsg: string): Refusal =>
  refusal(
    "network.source-unknown",
    `${lastPart(nsg)} is on the path to ${shortNameOf(want.vm)} and could not be read, so nobody knows who would get in`,
    { object: nsg },
  );
