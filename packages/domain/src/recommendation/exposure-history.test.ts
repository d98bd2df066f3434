import fc from "fast-check";
import { Cidr, instantOf, port } from "@sallyport/contracts";
import type { Instant } from "@sallyport/contracts";
import { MOST_STEPS, doorsNow, measureExposure, noteDoors } from "./exposure-history.ts";
import type { DoorExposure, ExposureHistory, Extent } from "./exposure-history.ts";
import type { OpenDoor, OpenGrant } from "./open-door.ts";

const at = (minute: number): Instant => instantOf(1_769_846_400_000 + minute * 60_000);
const openness = fc.record({
  ipv4: fc.constantFrom(0n, 1n, 256n, 1n << 32n),
  ipv6: fc.constantFrom(0n, 1n, 1n << 128n),
  uncertain: fc.boolean(),
});
const door = fc
  .record({ port: fc.constantFrom(22, 3389), withGrants: openness, withoutGrants: openness })
  .map((one): DoorExposure => ({ ...one, port: port(one.port), protocol: "tcp" }));
const doors = fc.uniqueArray(door, { selector: (one) => one.port, maxLength: 2 });
/** Looks in any order: news comes late, and twice. */
const histories = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 60 }), doors), { maxLength: 12 })
  .map((looks): ExposureHistory =>
    looks.reduce<ExposureHistory>((history, [minute, seen]) => noteDoors(history, at(minute), seen), []),
  );

const asText = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? `${value}` : value);
const none: Extent = { ms: 0, ipv4Ms: 0n, ipv6Ms: 0n };
const plus = (a: Extent, b: Extent): Extent => ({
  ms: a.ms + b.ms,
  ipv4Ms: a.ipv4Ms + b.ipv4Ms,
  ipv6Ms: a.ipv6Ms + b.ipv6Ms,
});
const totals = (history: ExposureHistory, from: Instant, to: Instant) => {
  const { knownMs, doors: measured } = measureExposure(history, from, to);
  const of = (n: number) => measured.find((one) => one.port === n);
  return {
    knownMs,
    with: [22, 3389].map((n) => of(n)?.withGrants ?? none),
    without: [22, 3389].map((n) => of(n)?.withoutGrants ?? none),
  };
};

describe("measuring exposure", () => {
  it("adds up over any split of time", () => {
    const minute = fc.integer({ min: -5, max: 70 });
    expect(() =>
      fc.assert(
        fc.property(histories, fc.array(minute, { minLength: 3, maxLength: 6 }), (history, cuts) => {
          const times = cuts.toSorted((a, b) => a - b).map(at);
          const [first = at(0), last = at(0)] = [times[0], times.at(-1)];
          const whole = totals(history, first, last);
          const parts = times.slice(1).map((to, n) => totals(history, times[n] ?? to, to));
          expect(parts.reduce((sum, part) => sum + part.knownMs, 0)).toBe(whole.knownMs);
          for (const side of ["with", "without"] as const)
            for (const n of [0, 1])
              expect(parts.map((part) => part[side][n] ?? none).reduce(plus, none)).toEqual(whole[side][n]);
        }),
        { numRuns: 500 },
      ),
    ).not.toThrow();
  });

  it("joins neighbours that say the same, and tells no time twice", () => {
    expect(() =>
      fc.assert(
        fc.property(histories, (history) => {
          for (const { intervals, withGrants } of measureExposure(history, at(0), at(60)).doors) {
            for (const [n, one] of intervals.entries()) {
              const next = intervals[n + 1];
              expect(one.from < one.to).toBe(true);
              if (next === undefined) continue;
              expect(one.to <= next.from).toBe(true);
              const isSame =
                JSON.stringify([next.withGrants, next.withoutGrants], asText) ===
                JSON.stringify([one.withGrants, one.withoutGrants], asText);
              expect(one.to === next.from && isSame).toBe(false);
            }
            const open = intervals.filter((one) => one.withGrants.ipv4 > 0n || one.withGrants.ipv6 > 0n);
            expect(open.reduce((sum, one) => sum + Date.parse(one.to) - Date.parse(one.from), 0)).toBe(withGrants.ms);
          }
        }),
      ),
    ).not.toThrow();
  });

  it("knows nothing of the time before the first look", () => {
    const history = noteDoors([], at(10), []);
    expect(measureExposure(history, at(0), at(30)).knownMs).toBe(20 * 60_000);
    expect(measureExposure([], at(0), at(30))).toEqual({ knownMs: 0, doors: [] });
  });
});

describe("noting what was seen", () => {
  const open = (ipv4: bigint): readonly DoorExposure[] => [
    {
      port: port(22),
      protocol: "tcp",
      withGrants: { ipv4, ipv6: 0n, uncertain: false },
      withoutGrants: { ipv4, ipv6: 0n, uncertain: false },
    },
  ];

  it("adds nothing when nothing has changed", () => {
    const history = noteDoors([], at(0), open(1n));
    expect(noteDoors(history, at(5), open(1n))).toBe(history);
  });

  it("is bounded, and forgets the oldest first", () => {
    let history: ExposureHistory = [];
    for (let n = 0; n < MOST_STEPS + 7; n++) history = noteDoors(history, at(n), open(BigInt(n)));
    expect([history.length, history[0]?.from]).toEqual([MOST_STEPS, at(7)]);
  });

  it("changes nothing that was before the last step, when news comes late", () => {
    const history = noteDoors(noteDoors([], at(0), open(1n)), at(10), open(2n));
    expect(noteDoors(history, at(5), open(3n)).map(({ from }) => from)).toEqual([at(0), at(10)]);
    expect(noteDoors(history, at(5), open(1n)).map(({ from }) => from)).toEqual([at(0)]);
  });
});

describe("doors with our own grants and without", () => {
  const grant = (source: string, on = 22): OpenGrant => ({
    grantId: "g1234567",
    ports: [{ port: port(on), protocol: "tcp", sources: [Cidr.parse(source)] }],
  });
  const seen: readonly OpenDoor[] = [
    {
      port: port(22),
      protocol: "tcp",
      sources: { ipv4: [{ first: 0xcb_00_71_00n, last: 0xcb_00_71_ffn }], ipv6: [] },
      uncertain: false,
    },
  ];
  const counts = (grants: readonly OpenGrant[], doorsSeen = seen) =>
    doorsNow(doorsSeen, grants).map(
      (one) => `${one.port} ${one.withoutGrants.ipv4} ${one.withGrants.ipv4} ${one.withGrants.ipv6}`,
    );

  it("count an address once that both let in", () => {
    expect(counts([grant("203.0.113.7/32")])).toEqual(["22 256 256 0"]);
    expect(counts([grant("203.0.112.0/23"), grant("198.51.100.1/32")])).toEqual(["22 256 513 0"]);
    expect(counts([grant("2001:db8::/64")])).toEqual([`22 256 256 ${1n << 64n}`]);
  });

  it("show a door that only a grant holds open, and none that nobody does", () => {
    expect(counts([grant("203.0.113.7/32", 3389)], [])).toEqual(["3389 0 1 0"]);
    expect(counts([], [])).toEqual([]);
  });
});
