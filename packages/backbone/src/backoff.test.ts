import fc from "fast-check";
import { LONGEST_BACKOFF_MS, backoffMs } from "./backoff.ts";

describe("the pause before another try", () => {
  it("doubles until it is capped, and is between half and all of that", () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((tries) => backoffMs(tries, () => 0))).toEqual([
      50, 100, 200, 400, 800, 1600, 2500, 2500,
    ]);
    fc.assert(
      fc.property(
        fc.nat({ max: 1e9 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (tries, chance) => {
          const ms = backoffMs(tries + 1, () => chance);
          expect(ms).toBeGreaterThanOrEqual(50);
          expect(ms).toBeLessThanOrEqual(LONGEST_BACKOFF_MS);
        },
      ),
    );
  });
});
