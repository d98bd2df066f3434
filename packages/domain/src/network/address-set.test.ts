import fc from "fast-check";
import { addressFromNumber, boundsOf, familyOf } from "@sallyport/contracts";
import type { Cidr, Family } from "@sallyport/contracts";
import {
  allowedIn,
  difference,
  eitherWay,
  everySource,
  firstMatch,
  intersect,
  override,
  partsIn,
  sameVerdicts,
  sourcesThat,
  union,
  verdictAt,
} from "./address-set.ts";
import type { AddressSet, Matching, Verdict } from "./address-set.ts";
import { cidrsOf, lastOf, merged, overlap, sizeOf, split, stretchesOf, without } from "./stretch.ts";
import type { Stretch } from "./stretch.ts";

const family = fc.constantFrom<Family>("ipv4", "ipv6");
const verdict = fc.constantFrom<Verdict>("allowed", "denied");

/** Addresses that crowd the edges: the first few, the last few, and some around a power of two. */
const place = (of: Family) =>
  fc.oneof(
    fc.bigInt({ min: 0n, max: 6n }),
    fc.bigInt({ min: lastOf(of) - 6n, max: lastOf(of) }),
    fc.bigInt({ min: 253n, max: 259n }),
  );
const stretch = (of: Family) =>
  fc.tuple(place(of), place(of)).map(([a, b]): Stretch => ({ first: a < b ? a : b, last: a < b ? b : a }));
const stretches = (of: Family) => fc.array(stretch(of), { maxLength: 4 });

/** Every address at which anything could change, and its neighbours. */
const probes = (of: Family): readonly bigint[] =>
  [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 252n, 253n, 254n, 255n, 256n, 257n, 258n, 259n, 260n].flatMap((n) => [
    n,
    lastOf(of) - n,
  ]);
const isIn = (value: bigint, all: readonly Stretch[]): boolean =>
  all.some(({ first, last }) => first <= value && value <= last);
const at = (set: AddressSet, value: bigint): Verdict => verdictAt(set, addressFromNumber(set.family, value));

const rule = (of: Family): fc.Arbitrary<Matching> =>
  fc
    .record({ verdict, sources: stretches(of), doubt: fc.option(stretches(of)), by: fc.constantFrom("a", "b") })
    .map(({ sources, doubt, ...ruling }) => ({
      ruling,
      sources,
      ...(doubt !== null && { perhaps: { sources: doubt, reason: "a tag" } }),
    }));
const rules = family.chain((of) => fc.tuple(fc.constant(of), fc.array(rule(of), { maxLength: 5 })));

/** One source, by the book: each uncertain rule may match or not; the verdict is known when both ways agree. */
function possible(list: readonly Matching[], value: bigint): ReadonlySet<Verdict> {
  const [first, ...rest] = list;
  if (first === undefined) return new Set(["denied"]);
  if (isIn(value, first.sources)) return new Set([first.ruling.verdict]);
  const otherwise = possible(rest, value);
  return isIn(value, first.perhaps?.sources ?? []) ? new Set([first.ruling.verdict, ...otherwise]) : otherwise;
}
const byTheBook = (list: readonly Matching[], value: bigint): Verdict => {
  const [one, another] = [...possible(list, value)];
  return one !== undefined && another === undefined ? one : "unknown";
};
const nothing = { verdict: "denied", by: "nothing" } as const;
const set = (of: Family, list: readonly Matching[]) => firstMatch(of, list, nothing);

describe("an address set", () => {
  it("says about every source what its rules say in order, and unknown only where the doubt matters", () => {
    fc.assert(
      fc.property(rules, ([of, list]) => {
        for (const value of probes(of)) expect(at(set(of, list), value)).toBe(byTheBook(list, value));
      }),
    );
  });

  it("covers its family from end to end, without gaps, overlaps, or neighbours that say the same", () => {
    fc.assert(
      fc.property(rules, ([of, list]) => {
        const { parts } = set(of, list);
        expect(parts[0]?.first).toBe(0n);
        expect(parts.at(-1)?.last).toBe(lastOf(of));
        for (const [i, part] of parts.entries()) {
          expect(part.first <= part.last).toBe(true);
          const next = parts[i + 1];
          if (next === undefined) continue;
          expect(next.first).toBe(part.last + 1n);
          expect([next.verdict, next.by, next.reason]).not.toEqual([part.verdict, part.by, part.reason]);
        }
      }),
    );
  });

  it("composes two levels so that both must allow, and groups so that one is enough", () => {
    const order = { denied: 0, unknown: 1, allowed: 2 };
    fc.assert(
      fc.property(
        family.chain((of) => fc.tuple(fc.constant(of), fc.array(rule(of)), fc.array(rule(of)))),
        ([of, one, other]) => {
          const [a, b] = [set(of, one), set(of, other)];
          for (const value of probes(of)) {
            const both = [at(a, value), at(b, value)].toSorted((x, y) => order[x] - order[y]);
            expect(at(intersect(a, b), value)).toBe(both[0]);
            expect(at(union(a, b), value)).toBe(both[1]);
          }
        },
      ),
    );
  });

  it("names both levels where both were needed, and the denying one alone", () => {
    const open = everySource("ipv4", "allowed", "nsg-a/ssh");
    const some = override(everySource("ipv4", "denied", "nsg-b/deny"), [{ first: 1n, last: 1n }], {
      verdict: "allowed",
      by: "nsg-b/ssh",
    });
    expect(intersect(open, some).parts.map(({ by }) => by)).toEqual([
      "nsg-b/deny",
      "nsg-a/ssh + nsg-b/ssh",
      "nsg-b/deny",
    ]);
  });

  it("differs from another exactly where a source fares differently", () => {
    fc.assert(
      fc.property(
        family.chain((of) => fc.tuple(fc.constant(of), fc.array(rule(of)), fc.array(rule(of)))),
        ([of, one, other]) => {
          const [a, b] = [set(of, one), set(of, other)];
          const shifts = difference(a, b);
          for (const value of probes(of)) expect(isIn(value, shifts)).toBe(at(a, value) !== at(b, value));
          expect(sameVerdicts(a, b)).toBe(shifts.length === 0);
        },
      ),
    );
  });

  it("answers for a range only when every address of it gets in", () => {
    const set = override(everySource("ipv4", "denied", "d"), [{ first: 0n, last: 254n }], {
      verdict: "allowed",
      by: "a",
    });
    expect(allowedIn(set, "0.0.0.0/25" as Cidr)).toBe(true);
    expect(allowedIn(set, "0.0.0.0/24" as Cidr)).toBe(false);
    expect(partsIn(set, [boundsOf("0.0.0.254/31" as Cidr)]).map(({ verdict }) => verdict)).toEqual([
      "allowed",
      "denied",
    ]);
    expect(sourcesThat(set, "allowed")).toEqual([{ first: 0n, last: 254n }]);
  });
});

describe("stretches of addresses", () => {
  const two = family.chain((of) => fc.tuple(fc.constant(of), stretches(of), stretches(of)));

  it("join, meet and take away as sets do", () => {
    fc.assert(
      fc.property(two, ([of, a, b]) => {
        for (const value of probes(of)) {
          expect(isIn(value, merged([...a, ...b]))).toBe(isIn(value, a) || isIn(value, b));
          expect(isIn(value, overlap(a, b))).toBe(isIn(value, a) && isIn(value, b));
          expect(isIn(value, without(a, b))).toBe(isIn(value, a) && !isIn(value, b));
        }
        expect(sizeOf(overlap(a, b)) + sizeOf(without(a, b))).toBe(sizeOf(a));
        expect(split(merged(a), merged(b))).toEqual({ inside: overlap(a, b), outside: without(a, b) });
      }),
    );
  });

  it("become ranges that are exactly these addresses, and no two of which could be one", () => {
    fc.assert(
      fc.property(two, ([of, a]) => {
        const cidrs = cidrsOf(of, a);
        expect(cidrs.every((cidr) => familyOf(cidr) === of)).toBe(true);
        expect(stretchesOf(of, cidrs)).toEqual(merged(a));
        expect(new Set(cidrs).size).toBe(cidrs.length);
      }),
    );
  });

  it("of a whole family are one range", () => {
    expect(cidrsOf("ipv4", [{ first: 0n, last: lastOf("ipv4") }])).toEqual(["0.0.0.0/0"]);
    expect(cidrsOf("ipv6", [{ first: 0n, last: lastOf("ipv6") }])).toEqual(["::/0"]);
    expect(sizeOf([{ first: 0n, last: lastOf("ipv6") }])).toBe(2n ** 128n);
  });
});

describe("two ways to one door", () => {
  it("let in whom one of them lets in, and of two denials name both: each had to be", () => {
    const denied = (by: string) => everySource("ipv4", "denied", by);
    const allowed = everySource("ipv4", "allowed", "c");
    expect(eitherWay(denied("a"), denied("b")).parts).toMatchObject([{ verdict: "denied", by: "a + b" }]);
    expect(eitherWay(denied("a"), allowed).parts).toMatchObject([{ verdict: "allowed", by: "c" }]);
  });
});
