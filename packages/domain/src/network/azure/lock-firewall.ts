import { refusal, shortNameOf } from "@sallyport/contracts";
import type { PortSpec, Refusal } from "@sallyport/contracts";
import { transportsOf } from "../exposure.ts";
import type { Seal } from "../mark.ts";
import type { Change } from "../model.ts";
import type { LockDown } from "../want.ts";
import { denyPriority, LAST_COLLECTION_PRIORITY, strictDenyPriority } from "./bands.ts";
import type { Bands } from "./bands.ts";
import { coversPacket, leadsTo } from "./firewall.ts";
import { denyName, sayPorts } from "./names.ts";
import type { AzureNet, Firewall, FirewallCollection, FirewallRule } from "./net.ts";
import {
  collectionName,
  contentOfRule,
  holdsAlready,
  ownCollections,
  putCollection,
  removalsAt,
  takenAt,
  withoutOwn,
} from "./own-collections.ts";
import type { OwnCollection } from "./own-collections.ts";
import { isOf } from "./own-rules.ts";
import { wallsOf } from "./path.ts";
import type { Wall } from "./path.ts";

export interface AtWalls {
  readonly puts: readonly Change<FirewallCollection>[];
  readonly deletes: readonly Change<FirewallCollection>[];
  readonly refusals: readonly Refusal[];
}

/**
 * One deny for all selected ports on each firewall that the VM stands behind (S10), behind every existing rule on the ports (S12),
 * before all others where there is none (S13). A port to which a foreign NAT rule leads is left out: the deny would override that
 * rule whatever their order (settled.md §4). Strict writes it.
 */
export function lockFirewalls(net: AzureNet, want: LockDown, seal: Seal, bands: Bands): AtWalls {
  const claim = { kind: "lockdown", id: want.id } as const;
  const puts: Change<FirewallCollection>[] = [];
  const refusals: Refusal[] = [];
  const needed = new Set<FirewallCollection>();
  for (const wall of wallsOf(net, want.vm)) {
    const { firewall } = wall;
    const own = ownCollections(firewall, seal, isOf(claim));
    const foreign = withoutOwn(firewall, seal, () => true);
    const ports = want.ports
      .filter((spec) => isDeniable(want, wall, foreign, own, spec))
      .toSorted((a, b) => a.port - b.port);
    if (ports.length === 0) continue;
    const numbers = [...new Set(ports.map(({ port }) => port))];
    const name = collectionName(firewall, own, "network", denyName(want.id, "ipv4", "*", numbers));
    const now = own.find(({ collection }) => collection.name === name);
    const place = placeOf(want, wall, foreign, ports, now, bands);
    if (typeof place === "object") {
      refusals.push(place);
      continue;
    }
    if (now !== undefined) needed.add(now.collection);
    const collection = { kind: "network", name, priority: place, action: "deny" } as const;
    const put = putCollection(firewall.id, collection, rulesFor(name, wall, ports), claim, seal);
    if (!holdsAlready(firewall, now, put)) puts.push(put);
  }
  const deletes = net.firewalls.flatMap((firewall) => removalsAt(firewall, seal, claim, needed));
  return { puts, deletes, refusals };
}

const rulesFor = (name: string, { spots }: Wall, ports: readonly PortSpec[]) =>
  (["tcp", "udp", "*"] as const).flatMap((protocol) => {
    const here = ports.filter((spec) => spec.protocol === protocol);
    if (here.length === 0) return [];
    return [
      contentOfRule({
        name: protocol === "*" ? name : `${name}-${protocol}`,
        protocols: transportsOf(protocol),
        sources: ["*"],
        destinations: [...new Set(spots.map(({ address }) => address))],
        destinationPorts: here.map(({ port }) => `${port}`),
      }),
    ];
  });

/** Is one of these rules about the port of one of the addresses behind the wall? */
const meets = (
  { spots }: Wall,
  { port, protocol }: PortSpec,
  rules: readonly FirewallRule[],
  is: typeof coversPacket,
): boolean =>
  rules.some((rule) =>
    spots.some((spot) => transportsOf(protocol).some((one) => is(rule, { spot, port, protocol: one }) !== "no")),
  );

const rulesIn = ({ collections }: Firewall, kind: FirewallCollection["kind"]): readonly FirewallRule[] =>
  collections.flatMap((one) => (one.kind === kind ? one.rules : []));

/** What is denied stays denied, also where somebody adds a NAT rule afterwards: taking the deny away would open the port. */
const isDeniable = (
  { options }: LockDown,
  wall: Wall,
  foreign: Firewall,
  own: readonly OwnCollection[],
  spec: PortSpec,
): boolean =>
  options.precedence === "strict" ||
  meets(
    wall,
    spec,
    own.flatMap(({ collection }) => collection.rules),
    coversPacket,
  ) ||
  !meets(wall, spec, rulesIn(foreign, "nat"), leadsTo);

function placeOf(
  want: LockDown,
  wall: Wall,
  foreign: Firewall,
  ports: readonly PortSpec[],
  now: OwnCollection | undefined,
  bands: Bands,
): number | Refusal {
  const covering = foreign.collections.filter(
    ({ kind, rules }) => kind === "network" && ports.some((spec) => meets(wall, spec, rules, coversPacket)),
  );
  const priorities = covering.map(({ priority }) => priority);
  const taken = takenAt(wall.firewall, "network");
  const strict = want.options.precedence === "strict" ? strictDenyPriority(bands, taken, priorities) : undefined;
  const stands = now?.collection.priority;
  // As with an NSG: moving a deny behind a rule that came later would open what is closed.
  if (stands !== undefined && stands >= bands.denyFrom) {
    const precedesAll = priorities.every((priority) => stands < priority);
    return strict !== undefined && !precedesAll ? strict : stands;
  }
  return (
    strict ??
    denyPriority(bands, taken, priorities, LAST_COLLECTION_PRIORITY) ??
    refusal(
      "network.no-free-priority",
      `no priority of ${wall.firewall.name} is free for the deny of ${sayPorts(ports)} on ${shortNameOf(want.vm)}`,
      { object: wall.firewall.id },
    )
  );
}
