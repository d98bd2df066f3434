import { addressFromNumber, Cidr, instantOf, port, seconds } from "@sallyport/contracts";
import type { Address, Family, Instant, Port, Seconds, VmRef } from "@sallyport/contracts";
import fc from "fast-check";
import { aVm } from "./builders.ts";

// Crowd the edges: of a planner that ignored collisions, priorities drawn from 100–4096 caught nothing, and from 100–110 and
// 4086–4096 everything (house.md §6).

/** `edges` three times out of four, else anything between `min` and `max`. */
const crowded = (edges: readonly number[], min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...edges.filter((n) => n >= min && n <= max)) },
    { weight: 1, arbitrary: fc.integer({ min, max }) },
  );

/** Valid ports: the edges, the management ports and their neighbours. */
export const ports: fc.Arbitrary<Port> = crowded(
  [1, 2, 21, 22, 23, 3388, 3389, 3390, 5985, 5986, 65_534, 65_535],
  1,
  65_535,
).map(port);

/** Port ranges `first ≤ last` as firewall rules write them: single ports, everything, and ranges that touch or overlap. */
export const portRanges: fc.Arbitrary<{ readonly first: number; readonly last: number }> = fc
  .tuple(crowded([0, 1, 21, 22, 23, 3389], 0, 65_535), crowded([22, 23, 3389, 65_534, 65_535], 0, 65_535))
  .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));

/** Priorities of NSG rules. */
export const priorities: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 100, max: 110 }),
  fc.integer({ min: 4086, max: 4096 }),
);

export const durations: fc.Arbitrary<Seconds> = crowded(
  [0, 1, 59, 60, 61, 299, 300, 301, 3600, 86_399, 86_400, 86_401],
  0,
  90_000,
).map(seconds);

const START = Date.UTC(2026, 0, 31, 8);

/** Instants of one day, often within milliseconds of each other. */
export const instants: fc.Arbitrary<Instant> = crowded(
  [0, 1, 999, 1000, 1001, 59_999, 60_000, 7_200_000],
  0,
  86_400_000,
).map((ms) => instantOf(START + ms));

export const vms: fc.Arbitrary<VmRef> = fc
  .tuple(fc.constantFrom("azure" as const, "aws" as const), fc.integer({ min: 1, max: 4 }))
  .map(([cloud, n]) => aVm(cloud, n));

const bitsOf = (family: Family) => (family === "ipv4" ? 32 : 128);

/** A net that many addresses and ranges share, so that overlaps are ordinary. */
const SHARED: Record<Family, bigint> = { ipv4: 0xcb_00_71_00n, ipv6: 0x2001_0db8n << 96n };

/** An address as a number: the first and last ones of the family, the middle, and a few neighbours in one net. */
const addressNumbers = (family: Family): fc.Arbitrary<bigint> => {
  const last = (1n << BigInt(bitsOf(family))) - 1n;
  const middle = 1n << BigInt(bitsOf(family) - 1);
  const near = fc.bigInt({ min: 0n, max: 9n });
  return fc.oneof(
    { weight: 4, arbitrary: near.map((n) => SHARED[family] + n) },
    { weight: 1, arbitrary: near },
    { weight: 1, arbitrary: near.map((n) => last - n) },
    { weight: 1, arbitrary: near.map((n) => middle - 5n + n) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: last }) },
  );
};

/** IPv6 addresses that stand for IPv4 ones are refused by `Address` and `Cidr`. */
const isMapped = (n: bigint) => n >> 32n === 0xff_ffn;

export const families: fc.Arbitrary<Family> = fc.constantFrom("ipv4", "ipv6");

export const addressesOf = (family: Family): fc.Arbitrary<Address> =>
  addressNumbers(family)
    .filter((n) => family === "ipv4" || !isMapped(n))
    .map((n) => addressFromNumber(family, n));

export const addresses: fc.Arbitrary<Address> = families.chain(addressesOf);

const prefixes: Record<Family, readonly number[]> = {
  ipv4: [0, 1, 8, 24, 28, 29, 30, 31, 32],
  ipv6: [0, 1, 32, 64, 125, 126, 127, 128],
};

export const cidrsOf = (family: Family): fc.Arbitrary<Cidr> =>
  fc
    .tuple(addressNumbers(family), crowded(prefixes[family], 0, bitsOf(family)))
    .map(([n, bits]) => ({ network: (n >> BigInt(bitsOf(family) - bits)) << BigInt(bitsOf(family) - bits), bits }))
    .filter(({ network }) => family === "ipv4" || !isMapped(network))
    .map(({ network, bits }) => Cidr.parse(`${addressFromNumber(family, network)}/${bits}`));

/** Ranges of either family, without host bits: everything, halves, single addresses, and neighbours that overlap or touch. */
export const cidrs: fc.Arbitrary<Cidr> = families.chain(cidrsOf);
