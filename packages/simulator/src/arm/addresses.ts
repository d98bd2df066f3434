import { addressAt, contains, parseAddress, parsePrefix, textOf } from "../world/azure/address.ts";
import type { Address } from "../world/azure/address.ts";
import { keyOf } from "../world/azure/estate.ts";
import type { Estate } from "../world/azure/estate.ts";
import { refuse } from "./answer.ts";
import type { Refusal } from "./answer.ts";
import { refusedReference } from "./draft.ts";
import { topLevelOf } from "./render.ts";

export interface SubnetPrefixes {
  readonly id: string;
  readonly prefixes: readonly string[];
}

/** The ranges of a subnet that is there; `undefined` when it is not. */
export function subnetPrefixOf(estate: Estate, subnetId: string): SubnetPrefixes | undefined {
  const shown = estate.entry(topLevelOf(subnetId))?.shown;
  if (shown?.kind !== "vnet") return undefined;
  const vnet = shown.doc;
  const subnet = vnet.properties.subnets.find(({ name }) => keyOf(`${vnet.id}/subnets/${name}`) === keyOf(subnetId));
  if (subnet === undefined) return undefined;
  const { addressPrefix, addressPrefixes } = subnet.properties;
  return { id: keyOf(subnetId), prefixes: addressPrefix ? [addressPrefix] : (addressPrefixes ?? []) };
}

export const addressKey = (subnetId: string, address: string): string => `${keyOf(subnetId)} ${address}`;

/** The private addresses that others than `exceptId` hold, each with its subnet. */
export function takenAddresses(estate: Estate, exceptId: string): Set<string> {
  const taken = new Set<string>();
  for (const [, { shown }] of estate.entries()) {
    if (shown === undefined || keyOf(shown.doc.id) === keyOf(exceptId)) continue;
    if (shown.kind !== "nic" && shown.kind !== "firewall") continue;
    for (const { properties } of shown.doc.properties.ipConfigurations)
      if (properties.subnet && properties.privateIPAddress)
        taken.add(addressKey(properties.subnet.id, properties.privateIPAddress));
  }
  return taken;
}

/** The next free address; Azure keeps the first four of a subnet, and its last, for itself. */
export function freeAddress({ id, prefixes }: SubnetPrefixes, taken: ReadonlySet<string>): string | undefined {
  for (const address of hostsOf(prefixes)) if (!taken.has(`${id} ${address}`)) return address;
  return undefined;
}

function* hostsOf(prefixes: readonly string[]): Generator<string> {
  for (const prefix of prefixes.flatMap((text) => parsePrefix(text) ?? []).filter(({ family }) => family === 4)) {
    const size = 1n << BigInt(32 - prefix.length);
    for (let offset = 4n; offset < size - 1n; offset += 1n) yield textOf(addressAt(prefix, offset));
  }
}

/** How many addresses a refused question is answered with (recorded). */
const SUGGESTED = 5;

export interface Availability {
  readonly available: boolean;
  readonly availableIPAddresses?: readonly string[];
  readonly isPlatformReserved: boolean;
}

/** Whether a network could give out this address: `…/CheckIPAddressAvailability`. */
export function availabilityOf(
  address: Address,
  subnets: readonly SubnetPrefixes[],
  taken: ReadonlySet<string>,
): Availability {
  const text = textOf(address);
  const home = subnets.find((subnet) => holds(subnet, address));
  const isPlatformReserved = (home?.prefixes ?? []).some((prefix) => [...reservedIn(prefix)].includes(text));
  if (home !== undefined && !isPlatformReserved && !taken.has(`${home.id} ${text}`))
    return { available: true, isPlatformReserved };
  const suggested: string[] = [];
  for (const candidate of hostsOf(home?.prefixes ?? [])) {
    if (suggested.length === SUGGESTED) break;
    if (!taken.has(`${home?.id ?? ""} ${candidate}`)) suggested.push(candidate);
  }
  return { available: false, availableIPAddresses: suggested, isPlatformReserved };
}

/** An address that somebody chose must be one that its subnet can give out. */
export function refusedPrivateIp({ prefixes }: SubnetPrefixes, text: string): Refusal | undefined {
  const address = parseAddress(text);
  const home = address && prefixes.find((prefix) => holds({ id: "", prefixes: [prefix] }, address));
  if (home === undefined)
    return refuse(
      400,
      "PrivateIPAddressNotInSubnet",
      `Private static IP address ${text} does not belong to the range of subnet prefix ${prefixes.join(", ")}.`,
    );
  return [...reservedIn(home)].includes(text)
    ? refuse(
        400,
        "PrivateIPAddressInReservedRange",
        `Private static IP address ${text} falls within reserved IP range of subnet prefix ${home}.`,
      )
    : undefined;
}

function* reservedIn(text: string): Generator<string> {
  const prefix = parsePrefix(text);
  if (prefix?.family !== 4) return;
  for (let offset = 0n; offset < 4n; offset += 1n) yield textOf(addressAt(prefix, offset));
  yield textOf(addressAt(prefix, (1n << BigInt(32 - prefix.length)) - 1n));
}

const holds = ({ prefixes }: SubnetPrefixes, address: Address): boolean =>
  prefixes.some((text) => {
    const prefix = parsePrefix(text);
    return prefix !== undefined && contains(prefix, address);
  });

/** A public address that is not there, is being written, or belongs to somebody else. */
export function refusedPublicIp(estate: Estate, holderId: string, publicIpId: string): Refusal | undefined {
  const missing = refusedReference(estate, holderId, publicIpId);
  if (missing !== undefined) return missing;
  for (const [, { shown }] of estate.entries()) {
    if (shown === undefined || keyOf(shown.doc.id) === keyOf(holderId)) continue;
    if (shown.kind !== "nic" && shown.kind !== "firewall") continue;
    const holder = shown.doc.properties.ipConfigurations.find(
      ({ properties }) => keyOf(properties.publicIPAddress?.id ?? "") === keyOf(publicIpId),
    );
    if (holder !== undefined)
      return refuse(
        400,
        "PublicIPAddressInUse",
        `Resource ${holderId} is referencing public IP address ${publicIpId} that is already allocated to resource ${holder.id ?? shown.doc.id}.`,
      );
  }
  return undefined;
}

/** From 198.18.0.0/15, which is set aside for tests (RFC 2544), the first that nobody holds. */
export function freshPublicAddress(estate: Estate): string {
  const held = new Set(
    [...estate.entries()].map(([, { shown }]) => (shown?.kind === "publicIp" ? shown.doc.properties.ipAddress : "")),
  );
  for (let n = 1; ; n += 1) {
    const address = `198.${18 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
    if (!held.has(address)) return address;
  }
}
