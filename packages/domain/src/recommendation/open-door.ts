import { boundsOf, familyOf } from "@sallyport/contracts";
import type { Cidr, Family, Port, Protocol } from "@sallyport/contracts";
import { transportsOf } from "../network/exposure.ts";
import type { Part } from "../network/address-set.ts";
import type { Exposure } from "../network/exposure.ts";
import { merged, sizeOf, without } from "../network/stretch.ts";
import type { Stretch } from "../network/stretch.ts";
import { internet } from "./internet.ts";

/** One port of a VM, over one transport. */
export interface Door {
  readonly port: Port;
  readonly protocol: "tcp" | "udp";
}

/** Who gets in by a door: exact address sets, by family. */
export interface OpenDoor extends Door {
  readonly sources: Readonly<Record<Family, readonly Stretch[]>>;
  /** Some of them may be kept out: what cannot be computed counts as open. */
  readonly uncertain: boolean;
}

/** How many addresses get in. */
export interface Openness {
  readonly ipv4: bigint;
  readonly ipv6: bigint;
  readonly uncertain: boolean;
}

/** A grant of ours that is open. */
export interface OpenGrant {
  readonly grantId: string;
  readonly ports: readonly { readonly port: Port; readonly protocol: Protocol; readonly sources: readonly Cidr[] }[];
}

const sameDoor = (a: Door, b: Door): boolean => a.port === b.port && a.protocol === b.protocol;

/**
 * Who gets in by each door, over all addresses of the VM. Addresses of the Internet count only where the Internet can reach the VM
 * at all; of a VM without a public address those of its own networks remain. Doors by which nobody gets in are left out.
 */
export function openDoors(exposures: readonly Exposure[], isOnInternet: boolean): readonly OpenDoor[] {
  const doors: Gathered[] = [];
  for (const { address, port, protocol, part } of exposures) {
    const wanted = { port, protocol };
    let door = doors.at(-1);
    if (door === undefined || !sameDoor(door, wanted)) door = doors.find((other) => sameDoor(other, wanted));
    if (door === undefined) {
      door = { port, protocol, parts: { ipv4: [], ipv6: [] } };
      doors.push(door);
    }
    door.parts[familyOf(address)].push(part);
  }
  const open: OpenDoor[] = [];
  for (const { port, protocol, parts } of doors) {
    const ipv4 = sourcesOf(parts.ipv4, "ipv4", isOnInternet);
    const ipv6 = sourcesOf(parts.ipv6, "ipv6", isOnInternet);
    if (ipv4.length + ipv6.length === 0) continue;
    const uncertain = parts.ipv4.some(isUncertain) || parts.ipv6.some(isUncertain);
    open.push({ port, protocol, sources: { ipv4, ipv6 }, uncertain });
  }
  return open;
}

/** The parts of one door, over all addresses. */
interface Gathered extends Door {
  readonly parts: Readonly<Record<Family, Part[]>>;
}

const isUncertain = ({ verdict }: Part): boolean => verdict === "unknown";

interface Joined {
  readonly parts: readonly Part[];
  readonly stretches: readonly Stretch[];
}
const joined = { onInternet: new WeakMap<Part, Joined>(), inside: new WeakMap<Part, Joined>() };

/** Parts as one set of addresses. They are shared by all VMs behind the same rules, so the last answer is mostly the next one. */
function sourcesOf(parts: readonly Part[], family: Family, isOnInternet: boolean): readonly Stretch[] {
  const [first] = parts;
  if (first === undefined) return [];
  const memory = isOnInternet ? joined.onInternet : joined.inside;
  const known = memory.get(first);
  if (known !== undefined && sameParts(known.parts, parts)) return known.stretches;
  const all = merged(parts.map((part) => ({ first: part.first, last: part.last })));
  const stretches = isOnInternet ? all : without(all, internet[family]);
  memory.set(first, { parts, stretches });
  return stretches;
}

const sameParts = (a: readonly Part[], b: readonly Part[]): boolean =>
  a.length === b.length && a.every((part, at) => part === b[at]);

/** How many addresses get in by a door, and by the grants that are open on it. */
export function opennessOf({ sources, uncertain, ...door }: OpenDoor, grants: readonly OpenGrant[] = []): Openness {
  const granted = grants.flatMap(({ ports }) =>
    ports
      .filter(({ port, protocol }) => port === door.port && transportsOf(protocol).some((one) => one === door.protocol))
      .flatMap((one) => one.sources),
  );
  const count = (family: Family) =>
    sizeOf([...sources[family], ...granted.filter((cidr) => familyOf(cidr) === family).map(boundsOf)]);
  return { ipv4: count("ipv4"), ipv6: count("ipv6"), uncertain };
}

export const isOpen = ({ ipv4, ipv6 }: Openness): boolean => ipv4 > 0n || ipv6 > 0n;

/** The doors by which somebody gets in, or a grant lets somebody in. */
export function doorsWith(seen: readonly OpenDoor[], grants: readonly OpenGrant[]): readonly OpenDoor[] {
  const shut = grants
    .flatMap(({ ports }) => ports)
    .flatMap(({ port, protocol }) => transportsOf(protocol).map((one): Door => ({ port, protocol: one })))
    .filter((door) => !seen.some((one) => sameDoor(one, door)))
    .filter((door, at, all) => all.findIndex((other) => sameDoor(other, door)) === at);
  return [...seen, ...shut.map((door) => ({ ...door, sources: { ipv4: [], ipv6: [] }, uncertain: false }))];
}
