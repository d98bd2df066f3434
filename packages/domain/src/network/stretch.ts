import { addressFromNumber, boundsOf, familyOf } from "@sallyport/contracts";
import type { Cidr, Family } from "@sallyport/contracts";

/** Addresses from `first` to `last`, both included, as numbers within their family. */
export interface Stretch {
  readonly first: bigint;
  readonly last: bigint;
}

const LAST: Readonly<Record<Family, bigint>> = { ipv4: (1n << 32n) - 1n, ipv6: (1n << 128n) - 1n };

/** The family's last address, as a number. */
export const lastOf = (family: Family): bigint => LAST[family];

/** Every address of the family. */
export const everyAddress = (family: Family): Stretch => ({ first: 0n, last: LAST[family] });

/** The addresses of these ranges that are of the family: sorted, disjoint, neighbours joined. */
export const stretchesOf = (family: Family, cidrs: readonly Cidr[]): readonly Stretch[] =>
  merged(cidrs.filter((cidr) => familyOf(cidr) === family).map(boundsOf));

/** The same addresses: sorted, disjoint, neighbours joined. */
export function merged(stretches: readonly Stretch[]): readonly Stretch[] {
  if (stretches.length < 2) return stretches;
  const sorted = stretches.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const result: Stretch[] = [];
  for (const next of sorted) {
    const previous = result.at(-1);
    if (previous === undefined || next.first > previous.last + 1n) result.push(next);
    else if (next.last > previous.last) result[result.length - 1] = { first: previous.first, last: next.last };
  }
  return result;
}

/** The addresses that are in both. */
export function overlap(a: readonly Stretch[], b: readonly Stretch[]): readonly Stretch[] {
  const found = merged(a).flatMap((one) =>
    merged(b)
      .filter((other) => other.first <= one.last && one.first <= other.last)
      .map((other) => ({
        first: other.first > one.first ? other.first : one.first,
        last: other.last < one.last ? other.last : one.last,
      })),
  );
  return merged(found);
}

/** The addresses of `a` that are not in `b`. */
export function without(a: readonly Stretch[], b: readonly Stretch[]): readonly Stretch[] {
  const taken = merged(b);
  return merged(a).flatMap((one) => {
    const left: Stretch[] = [];
    let from = one.first;
    for (const { first, last } of taken) {
      if (last < from || first > one.last) continue;
      if (first > from) left.push({ first: from, last: first - 1n });
      from = last + 1n;
    }
    if (from <= one.last) left.push({ first: from, last: one.last });
    return left;
  });
}

/** The addresses of `a` that are in `b`, and those that are not; both are sorted and disjoint, as `merged` leaves them. */
export function split(
  a: readonly Stretch[],
  b: readonly Stretch[],
): { readonly inside: readonly Stretch[]; readonly outside: readonly Stretch[] } {
  const [inside, outside]: [Stretch[], Stretch[]] = [[], []];
  let next = 0;
  for (const one of a) {
    let from = one.first;
    while ((b[next]?.last ?? one.first) < one.first) next += 1;
    for (let at = next; from <= one.last; at += 1) {
      const other = b[at];
      if (other === undefined || other.first > one.last) break;
      if (other.first > from) outside.push({ first: from, last: other.first - 1n });
      const first = other.first > from ? other.first : from;
      const last = other.last < one.last ? other.last : one.last;
      inside.push({ first, last });
      from = last + 1n;
    }
    if (from <= one.last) outside.push({ first: from, last: one.last });
  }
  return { inside, outside };
}

/** How many addresses these are. */
export const sizeOf = (stretches: readonly Stretch[]): bigint =>
  merged(stretches).reduce((sum, { first, last }) => sum + last - first + 1n, 0n);

/** The fewest ranges that are exactly these addresses. */
export function cidrsOf(family: Family, stretches: readonly Stretch[]): readonly Cidr[] {
  const bits = family === "ipv4" ? 32 : 128;
  return merged(stretches).flatMap(({ first, last }) => {
    const cidrs: Cidr[] = [];
    for (let from = first; from <= last;) {
      let hostBits = 0;
      while (hostBits < bits && from % (2n << BigInt(hostBits)) === 0n && from + (2n << BigInt(hostBits)) - 1n <= last)
        hostBits += 1;
      cidrs.push(`${addressFromNumber(family, from)}/${bits - hostBits}` as Cidr);
      from += 1n << BigInt(hostBits);
    }
    return cidrs;
  });
}

/** For a sentence: `203.0.113.7`, or `10.0.0.0 to 10.0.0.9`. */
export function sayStretch(family: Family, { first, last }: Stretch): string {
  const from = addressFromNumber(family, first);
  return first === last ? from : `${from} to ${addressFromNumber(family, last)}`;
}
