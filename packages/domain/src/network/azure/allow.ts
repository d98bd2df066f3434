import { familyOf, refusal, shortNameOf } from "@sallyport/contracts";
import type { Cidr, Family, Port, Protocol, Refusal } from "@sallyport/contracts";
import { partsIn } from "../address-set.ts";
import type { Part } from "../address-set.ts";
import { transportsOf } from "../exposure.ts";
import type { Claim, Seal } from "../mark.ts";
import type { Change, Planned } from "../model.ts";
import { sayStretch, stretchesOf } from "../stretch.ts";
import type { Allow } from "../want.ts";
import { allowPriority } from "./bands.ts";
import type { Bands } from "./bands.ts";
import { lastPart } from "./json.ts";
import { allowName } from "./names.ts";
import type { AzureNet, Nsg, NsgRule } from "./net.ts";
import { throughNsg } from "./nsg.ts";
import { deleteRule, isOf, ownRules, putRule, says, slotFor, takenIn, withoutRules } from "./own-rules.ts";
import type { Content, Own } from "./own-rules.ts";
import { guardedBy, guardsOf } from "./path.ts";
import type { Guard } from "./path.ts";
import { indexOf } from "./spot.ts";
import type { Spot } from "./spot.ts";

/** Ports with the same transport and the same sources of one family: what one rule can say (P11). */
interface Door {
  readonly family: Family;
  readonly protocol: Protocol;
  readonly ports: readonly Port[];
  readonly sources: readonly Cidr[];
  /** Counted over the whole want, so that a rule keeps its name whatever the network is like. */
  readonly name: string;
}

/**
 * Opens exactly what was granted, on every NSG of the path that would not let it through by itself (P2). Rules of grants are not
 * counted as letting through: each grant stands alone, so that none narrows another when it ends (G5).
 */
export function planAllow(net: AzureNet, want: Allow, seal: Seal, bands: Bands): Planned<NsgRule> {
  const claim = { kind: "grant", id: want.grantId, end: want.end } as const;
  const doors = doorsOf(want);
  const { spots, nsg: nsgAt } = indexOf(net);
  const families = new Set(spots(want.vm).map(({ family }) => family));
  if (!doors.some(({ family }) => families.has(family))) return refused(noFamily(want, doors));
  const unread = guardsOf(net, want.vm).find((id) => nsgAt(id) === undefined);
  if (unread !== undefined) return refused(unreadable(want, unread));

  const changes: Change<NsgRule>[] = [];
  const refusals: Refusal[] = [];
  const needed = new Set<NsgRule>();
  for (const guard of guardedBy(net, want.vm)) {
    const { nsg } = guard;
    const own = ownRules(nsg, seal, isOf(claim));
    const taken = takenIn(nsg);
    for (const door of doors) {
      const here = guard.spots.filter(({ family }) => family === door.family);
      const { name, now } = slotFor(nsg, own, door.name);
      const place = here.length === 0 ? undefined : placeOf(net, want, guard, door, now, seal, taken, bands);
      if (typeof place === "object") refusals.push(place);
      if (typeof place !== "number") continue;
      taken.add(place);
      if (now !== undefined) needed.add(now.rule);
      const content = contentOf(door, here);
      if (now === undefined || now.rule.priority !== place || !says(now, claim, content))
        changes.push(putRule(nsg.id, name, place, claim, content, seal));
    }
  }
  const [first, ...more] = refusals;
  if (first !== undefined) return refused(first, ...more);
  return { ok: true, changes: [...changes, ...leftovers(net, claim, seal, needed)] };
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

/** The first part of the granted sources that the NSG does not let through to one of the ports. */
function shutFor(net: AzureNet, nsg: Nsg, { spots }: Guard, door: Door): Part | undefined {
  const { members } = indexOf(net);
  const granted = stretchesOf(door.family, door.sources);
  for (const spot of spots)
    for (const port of spot.family === door.family ? door.ports : [])
      for (const protocol of transportsOf(door.protocol)) {
        const set = throughNsg(nsg, { spot, port, protocol, members });
        const shut = partsIn(set, granted).find(({ verdict }) => verdict !== "allowed");
        if (shut !== undefined) return shut;
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

const refused = (first: Refusal, ...more: readonly Refusal[]): Planned<NsgRule> => ({
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
