import { refusal, shortNameOf } from "@sallyport/contracts";
import type { Cidr, Port, Protocol, Refusal } from "@sallyport/contracts";
import { partsIn } from "../address-set.ts";
import type { AddressSet, Part } from "../address-set.ts";
import { transportsOf } from "../exposure.ts";
import type { Claim, Seal } from "../mark.ts";
import type { Change } from "../model.ts";
import { sayStretch, stretchesOf } from "../stretch.ts";
import type { Allow } from "../want.ts";
import { allowPriority, MAPPED_PORTS } from "./bands.ts";
import type { Bands } from "./bands.ts";
import { afterNat, forwarded, isTaken } from "./firewall.ts";
import { lastPart } from "./json.ts";
import type { AtWalls } from "./lock-firewall.ts";
import { allowName } from "./names.ts";
import type { AzureNet, Firewall, FirewallCollection } from "./net.ts";
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
import type { FirewallContent, OwnCollection } from "./own-collections.ts";
import { isOf } from "./own-rules.ts";
import { wallsOf } from "./path.ts";
import type { Wall } from "./path.ts";
import { indexOf } from "./spot.ts";

/** Ports of one transport, and who is to come to them by the firewall. */
export interface FarDoor {
  readonly protocol: Protocol;
  readonly ports: readonly Port[];
  /** From the Internet: led on by NAT, so that the machine sees the firewall. */
  readonly far: readonly Cidr[];
  /** From private networks beyond this one: forwarded as they are. */
  readonly beyond: readonly Cidr[];
}

/**
 * Opens a grant on each firewall that the VM stands behind: a NAT rule for each address and port, from the granted sources, on a free
 * port of a public address of the firewall (P39, P40), and a network allow where a network rule would deny what it leads to.
 */
export function openFirewalls(
  net: AzureNet,
  want: Allow,
  doors: readonly FarDoor[],
  seal: Seal,
  bands: Bands,
): AtWalls {
  const claim = { kind: "grant", id: want.grantId, end: want.end } as const;
  const puts: Change<FirewallCollection>[] = [];
  const refusals: Refusal[] = [];
  const needed = new Set<FirewallCollection>();
  for (const wall of wallsOf(net, want.vm)) {
    const own = ownCollections(wall.firewall, seal, isOf(claim));
    for (const plan of [natFor, networkFor]) {
      const planned = plan(net, want, wall, doors, own, seal, bands, claim);
      if (planned === undefined) continue;
      if ("code" in planned) {
        refusals.push(planned);
        continue;
      }
      const now = own.find(({ collection }) => sameSlot(collection, planned.rule));
      if (now !== undefined) needed.add(now.collection);
      if (!holdsAlready(wall.firewall, now, planned)) puts.push(planned);
    }
  }
  const deletes = net.firewalls.flatMap((firewall) => removalsAt(firewall, seal, claim, needed));
  return { puts, deletes, refusals };
}

const sameSlot = (a: FirewallCollection, b: FirewallCollection): boolean => a.kind === b.kind && a.name === b.name;

type Plan = (
  net: AzureNet,
  want: Allow,
  wall: Wall,
  doors: readonly FarDoor[],
  own: readonly OwnCollection[],
  seal: Seal,
  bands: Bands,
  claim: Claim,
) => Change<FirewallCollection> | Refusal | undefined;

const natFor: Plan = (net, want, wall, doors, own, seal, bands, claim) => {
  const { firewall } = wall;
  const wanted = doors
    .filter(({ far }) => far.length > 0)
    .flatMap((door) => door.ports.flatMap((port) => wall.spots.map((spot) => ({ door, port, address: spot.address }))));
  if (wanted.length === 0) return undefined;
  const publicAddresses = firewall.publicAddresses.flatMap((id) => indexOf(net).publicAddress(id)?.address ?? []);
  if (publicAddresses.length === 0)
    return refusal(
      "network.unsupported",
      `${firewall.name}, before ${shortNameOf(want.vm)}, has no public address yet, so nothing could be led through it`,
      { object: firewall.id },
    );
  const name = collectionName(firewall, own, "nat", allowName(want.grantId, 0));
  const now = own.find(({ collection }) => collection.kind === "nat" && collection.name === name);
  const others: Firewall = { ...firewall, collections: firewall.collections.filter((one) => one !== now?.collection) };
  const chosen = new Set<string>();
  const rules: FirewallContent[] = [];
  for (const [nth, { door, port, address }] of wanted.entries()) {
    const ruleName = allowName(want.grantId, nth);
    const held = now?.collection.rules.find((rule) => rule.name === ruleName);
    const entry = freeEntry(others, publicAddresses, chosen, {
      address: held?.destinations[0],
      port: Number(held?.destinationPorts[0]),
    });
    if (entry === undefined)
      return refusal(
        "network.quota",
        `no port from ${MAPPED_PORTS.first} to ${MAPPED_PORTS.last} of ${firewall.name} is free for the grant on ${shortNameOf(want.vm)}`,
        { object: firewall.id },
      );
    chosen.add(`${entry.address} ${entry.port}`);
    rules.push(
      contentOfRule({
        name: ruleName,
        protocols: transportsOf(door.protocol),
        sources: textsOf(door.far),
        destinations: [entry.address],
        destinationPorts: [`${entry.port}`],
        translated: { address, port: `${port}` },
      }),
    );
  }
  const place = allowPlace(firewall, "nat", now, bands) ?? noPriority(want, firewall, bands);
  if (typeof place === "object") return place;
  return putCollection(firewall.id, { kind: "nat", name, priority: place, action: "dnat" }, rules, claim, seal);
};

/** A pair of public address and port that no other NAT rule has; the one that the grant has already, before all others (P40). */
function freeEntry(
  others: Firewall,
  addresses: readonly string[],
  chosen: ReadonlySet<string>,
  held: { readonly address: string | undefined; readonly port: number },
): { readonly address: string; readonly port: number } | undefined {
  const isFree = (address: string, port: number) =>
    !chosen.has(`${address} ${port}`) && !isTaken(others, address, port);
  if (held.address !== undefined && addresses.includes(held.address) && isFree(held.address, held.port))
    return { address: held.address, port: held.port };
  for (const address of addresses)
    for (let port: number = MAPPED_PORTS.first; port <= MAPPED_PORTS.last; port += 1)
      if (isFree(address, port)) return { address, port };
  return undefined;
}

const textsOf = (sources: readonly Cidr[]): readonly string[] =>
  sources.some((source) => source === "0.0.0.0/0") ? ["*"] : sources;

/** Where the grant's collection stands, or the smallest free number: what it does not precede, no other number of the band would. */
const allowPlace = (
  firewall: Firewall,
  kind: FirewallCollection["kind"],
  now: OwnCollection | undefined,
  bands: Bands,
): number | undefined => {
  const stands = now?.collection.priority;
  if (stands !== undefined && stands >= bands.allow.first && stands <= bands.allow.last) return stands;
  return allowPriority(bands, takenAt(firewall, kind));
};

const networkFor: Plan = (_net, want, wall, doors, own, seal, bands, claim) => {
  const { firewall } = wall;
  const name = collectionName(firewall, own, "network", allowName(want.grantId, 0));
  const now = own.find(({ collection }) => collection.kind === "network" && collection.name === name);
  // Rules of grants are not counted: each grant stands alone (G5).
  const base = withoutOwn(firewall, seal, ({ kind }) => kind === "grant");
  const shut = doors.filter((door) => shutFor({ ...wall, firewall: base }, door) !== undefined);
  if (shut.length === 0) return now === undefined ? undefined : keep(firewall, now);
  const place = allowPlace(firewall, "network", now, bands) ?? noPriority(want, firewall, bands);
  if (typeof place === "object") return place;
  const rules = shut.map((door) =>
    contentOfRule({
      name: allowName(want.grantId, doors.indexOf(door)),
      protocols: transportsOf(door.protocol),
      sources: textsOf([...door.far, ...door.beyond]),
      destinations: [...new Set(wall.spots.map(({ address }) => address))],
      destinationPorts: door.ports.map(String),
    }),
  );
  const put = putCollection(
    firewall.id,
    { kind: "network", name, priority: place, action: "allow" },
    rules,
    claim,
    seal,
  );
  const opened = { ...wall, firewall: { ...base, collections: [...base.collections, put.rule] } };
  for (const door of shut) {
    const still = shutFor(opened, door);
    if (still !== undefined) return shadowed(want, firewall, place, still);
  }
  return put;
};

/** What a later end needs no more, but stands: it goes with the grant. */
const keep = (firewall: Firewall, { collection, mark }: OwnCollection): Change<FirewallCollection> => ({
  object: firewall.id,
  verb: "put",
  rule: collection,
  mark,
});

/** The first part of the door's sources that network rules do not let through to one of the ports. */
function shutFor({ firewall, hops, spots }: Wall, { protocol, ports, far, beyond }: FarDoor): Part | undefined {
  const firstShut = (set: AddressSet, sources: readonly Cidr[]) =>
    partsIn(set, stretchesOf("ipv4", sources)).find(({ verdict }) => verdict !== "allowed");
  for (const spot of spots)
    for (const port of ports)
      for (const one of transportsOf(protocol)) {
        const packet = { spot, port, protocol: one };
        const isRouted = spot.firewall?.isRouted === true;
        const shut =
          firstShut(afterNat(firewall, packet), far) ??
          (isRouted ? firstShut(forwarded({ is: firewall, hops, isRouted }, packet), beyond) : undefined);
        if (shut !== undefined) return shut;
      }
  return undefined;
}

const noPriority = (want: Allow, firewall: Firewall, { allow }: Bands): Refusal =>
  refusal(
    "network.no-free-priority",
    `no priority from ${allow.first} to ${allow.last} of ${firewall.name} is free for the grant on ${shortNameOf(want.vm)}`,
    { object: firewall.id },
  );

const shadowed = (want: Allow, firewall: Firewall, priority: number, part: Part): Refusal =>
  refusal(
    part.verdict === "unknown" ? "network.source-unknown" : "network.shadowed",
    `${lastPart(part.by)} of ${firewall.name} decides about ${sayStretch("ipv4", part)} before a collection at ${priority}, the first ` +
      `that is free for the grant on ${shortNameOf(want.vm)}${part.reason === undefined ? "" : `: ${part.reason}`}`,
    { object: firewall.id },
  );
