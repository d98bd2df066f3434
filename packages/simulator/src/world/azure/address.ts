import { isIPv4, isIPv6 } from "node:net";

/** An IP address as a number of its family. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** All addresses that share their first `length` bits with `network`. */
export interface Prefix {
  readonly family: 4 | 6;
  readonly network: bigint;
  readonly length: number;
  /** The text had bits set beyond `length`, e.g. `10.0.0.1/24`. */
  readonly hasHostBits: boolean;
}

const BITS = { 4: 32, 6: 128 } as const;

/** Strict: dotted quads without leading zeros, and IPv6 without a zone. `undefined` for everything else. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, value: quad(text) };
  if (isIPv6(text) && !text.includes("%")) return { family: 6, value: groups(text) };
  return undefined;
}

const quad = (text: string): bigint => text.split(".").reduce((value, part) => (value << 8n) | BigInt(part), 0n);

function groups(text: string): bigint {
  const mapped = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const hex =
    mapped === null
      ? text
      : `${mapped[1] ?? ""}${(quad(mapped[2] ?? "") >> 16n).toString(16)}:${(quad(mapped[2] ?? "") & 0xffffn).toString(16)}`;
  const [head = "", tail] = hex.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

const seen = new Map<string, Prefix | undefined>();
const SEEN_AT_MOST = 20_000;

/** An address or `address/length`. `undefined` for everything else, tags and nonsense alike. */
export function parsePrefix(text: string): Prefix | undefined {
  const known = seen.get(text);
  if (known !== undefined || seen.has(text)) return known;
  const prefix = readPrefix(text);
  if (seen.size >= SEEN_AT_MOST) seen.clear();
  seen.set(text, prefix);
  return prefix;
}

function readPrefix(text: string): Prefix | undefined {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  const address = parseAddress(match?.[1] ?? "");
  if (address === undefined) return undefined;
  const bits = BITS[address.family];
  const length = Number(match?.[2] ?? bits);
  if (length > bits) return undefined;
  const shift = BigInt(bits - length);
  const network = (address.value >> shift) << shift;
  return { family: address.family, network, length, hasHostBits: network !== address.value };
}

export const contains = (prefix: Prefix, address: Address): boolean =>
  prefix.family === address.family &&
  address.value >> BigInt(BITS[prefix.family] - prefix.length) ===
    prefix.network >> BigInt(BITS[prefix.family] - prefix.length);

/** The address as text; IPv6 in eight plain groups. */
export function textOf({ family, value }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
  return Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(":");
}

export const addressAt = (prefix: Prefix, offset: bigint): Address => ({
  family: prefix.family,
  value: prefix.network + offset,
});

/** Private, shared, loopback, link-local and multicast ranges, and Azure's own host address: what no packet from the Internet carries as its source. */
const NOT_INTERNET = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "224.0.0.0/3",
  "168.63.129.16/32",
  "::/8",
  "fc00::/7",
  "fe80::/10",
  "ff00::/8",
].flatMap((text) => parsePrefix(text) ?? []);

/** Could a packet with this source come in from the Internet? Documentation ranges count as Internet: examples use them. */
export const isInternet = (address: Address): boolean => !NOT_INTERNET.some((prefix) => contains(prefix, address));
