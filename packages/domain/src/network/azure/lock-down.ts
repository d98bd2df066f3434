import { refusal, shortNameOf } from "@sallyport/contracts";
import type { Family, ObjectId, Protocol, Refusal } from "@sallyport/contracts";
import { sameVerdicts } from "../address-set.ts";
import { transportsOf } from "../exposure.ts";
import type { Seal } from "../mark.ts";
import type { Change, Planned } from "../model.ts";
import type { LockDown } from "../want.ts";
import { denyPriority, strictDenyPriority } from "./bands.ts";
import type { Bands } from "./bands.ts";
import { lastPart } from "./json.ts";
import { lockFirewalls } from "./lock-firewall.ts";
import { denyName, sayPorts } from "./names.ts";
import type { AzureNet, AzureRule, Nsg, NsgRule } from "./net.ts";
import { coversPort, coversSpot, inboundRules, throughNsg } from "./nsg.ts";
import { deleteRule, isOf, ownRules, putRule, says, slotFor, takenIn, withoutRules } from "./own-rules.ts";
import type { Content } from "./own-rules.ts";
import { guardedBy } from "./path.ts";
import type { Guard } from "./path.ts";
import { indexOf } from "./spot.ts";
import type { Spot } from "./spot.ts";

/** One deny: a lockdown has one for each NSG, address family and transport, with all selected ports (S9). */
interface Deny {
  readonly name: string;
  readonly ports: LockDown["ports"];
  readonly spots: readonly Spot[];
  readonly content: Content;
}

/**
 * Closes the selected ports on every NSG in the VM's path (S8–S13): the denies that are missing or outdated are put, then what the
 * lockdown no longer needs goes. Nothing is taken away from others, so there is nothing to give back but what carries the mark.
 */
export function planLockDown(net: AzureNet, want: LockDown, seal: Seal, bands: Bands): Planned<AzureRule> {
  const claim = { kind: "lockdown", id: want.id } as const;
  const changes: Change<NsgRule>[] = [];
  const refusals: Refusal[] = [];
  const needed = new Set<NsgRule>();
  for (const guard of guardedBy(net, want.vm)) {
    const { nsg } = guard;
    const own = ownRules(nsg, seal, isOf(claim));
    const taken = takenIn(nsg);
    for (const deny of deniesFor(want, guard)) {
      const { name, now } = slotFor(nsg, own, deny.name);
      const place = placeOf(net, want, guard, deny, now?.rule, seal, taken, bands);
      if (typeof place === "object") refusals.push(place);
      if (now !== undefined) needed.add(now.rule);
      if (typeof place !== "number") continue;
      taken.add(place);
      if (now === undefined || now.rule.priority !== place || !says(now, claim, deny.content))
        changes.push(putRule(nsg.id, name, place, claim, deny.content, seal));
    }
  }
  const walls = lockFirewalls(net, want, seal, bands);
  const [first, ...more] = [...refusals, ...walls.refusals];
  if (first !== undefined) return { ok: false, refusals: [first, ...more] };
  for (const nsg of net.nsgs)
    for (const own of ownRules(nsg, seal, isOf(claim)))
      if (!needed.has(own.rule)) changes.push(deleteRule(nsg.id, own));
  return { ok: true, changes: [...changes, ...walls.puts, ...walls.deletes], inverse: want.inverse };
}

function deniesFor(want: LockDown, { spots }: Guard): readonly Deny[] {
  const families = ["ipv4", "ipv6"] as const satisfies readonly Family[];
  const protocols = ["tcp", "udp", "*"] as const satisfies readonly Protocol[];
  return families.flatMap((family) =>
    protocols.flatMap((protocol) => {
      const ports = want.ports.filter((spec) => spec.protocol === protocol).toSorted((a, b) => a.port - b.port);
      const here = spots.filter((spot) => spot.family === family);
      if (ports.length === 0 || here.length === 0) return [];
      const numbers = ports.map(({ port }) => port);
      const content: Content = {
        access: "deny",
        protocol,
        destinationPorts: numbers.map(String),
        sources: ["*"],
        destinations: [...new Set(here.map(({ address }) => address))],
      };
      return [{ name: denyName(want.id, family, protocol, numbers), ports, spots: here, content }];
    }),
  );
}

/** The deny's priority; `undefined` when none is needed; or why there is none. */
function placeOf(
  net: AzureNet,
  want: LockDown,
  { nsg }: Guard,
  deny: Deny,
  now: NsgRule | undefined,
  seal: Seal,
  taken: ReadonlySet<number>,
  bands: Bands,
): number | undefined | Refusal {
  const foreign = withoutRules(
    nsg,
    ownRules(nsg, seal, () => true),
  );
  const covering = foreign.rules.filter((rule) => rule.direction === "inbound" && covers(rule, deny));
  const priorities = covering.map(({ priority }) => priority);
  const strict = want.options.precedence === "strict" ? strictDenyPriority(bands, taken, priorities) : undefined;
  // Moving a deny behind a rule that came later would open what is closed: it stays, unless strict finds a place before.
  if (now !== undefined && now.priority >= bands.denyFrom) {
    const precedesAll = priorities.every((priority) => now.priority < priority);
    return strict !== undefined && !precedesAll ? strict : now.priority;
  }
  const free = strict ?? denyPriority(bands, taken, priorities);
  if (free !== undefined) return free;
  if (isDecidedBy(net, foreign, deny)) return undefined;
  const last = covering.toSorted((a, b) => b.priority - a.priority)[0];
  return noPlace(want, nsg.id, deny, last);
}

const covers = (rule: NsgRule, { ports, spots }: Deny): boolean =>
  spots.some((spot) => coversSpot(rule, spot)) &&
  ports.some(({ port, protocol }) => transportsOf(protocol).some((transport) => coversPort(rule, port, transport)));

/** Would a deny behind all existing rules take anything away? Where they decide about every source it would not (S9: ensure). */
function isDecidedBy(net: AzureNet, foreign: Nsg, { ports, spots }: Deny): boolean {
  const { members } = indexOf(net);
  const defaults = inboundRules({ ...foreign, rules: [] }).map((rule) => ({ ...rule, access: "deny" as const }));
  const closed: Nsg = { ...foreign, defaults };
  return spots.every((spot) =>
    ports.every(({ port, protocol }) =>
      transportsOf(protocol).every((transport) => {
        const arrival = { spot, port, protocol: transport, members };
        return sameVerdicts(throughNsg(foreign, arrival), throughNsg(closed, arrival));
      }),
    ),
  );
}

const noPlace = (want: LockDown, nsg: ObjectId, { ports }: Deny, last: NsgRule | undefined): Refusal =>
  refusal(
    "network.no-free-priority",
    `no priority of ${lastPart(nsg)} is free for the deny of ${sayPorts(ports)} on ${shortNameOf(want.vm)}` +
      (last === undefined ? "" : ` behind ${last.name} at ${last.priority}`),
    { object: last === undefined ? nsg : `${nsg}/securityRules/${last.name}` },
  );
