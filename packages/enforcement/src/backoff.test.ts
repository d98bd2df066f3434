import { SallyportError } from "@sallyport/contracts";
import fc from "fast-check";
import { backoffMs } from "./backoff.ts";
import { throttled } from "./enforcer-under-test.conformance.ts";
import { faultLine, isForGood } from "./setback.ts";

const tries = fc.nat({ max: 5000 });
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("waiting after a failure", () => {
  it("is between half and all of a time that doubles, and never more than fifteen seconds", () => {
    fc.assert(
      fc.property(tries, chances, (n, chance) => {
        const full = Math.min(15_000, 250 * 2 ** n);
        const waits = backoffMs(n, new Error("x"), chance);
        expect(waits).toBeGreaterThanOrEqual(Math.floor(full / 2));
        expect(waits).toBeLessThanOrEqual(full);
      }),
    );
    expect([0, 1, 2, 6, 9].map((n) => backoffMs(n, undefined, 0))).toEqual([125, 250, 500, 7500, 7500]);
  });

  it("is never shorter than the other side asked for", () => {
    fc.assert(
      fc.property(tries, chances, fc.nat({ max: 900_000 }), (n, chance, asked) => {
        expect(backoffMs(n, throttled(asked), chance)).toBe(Math.max(asked, backoffMs(n, undefined, chance)));
      }),
    );
  });
});

describe("a fault", () => {
  it("is one line for a row: its code and its words, a defect called one", () => {
    expect(faultLine(throttled())).toBe("azure.throttled: slow down");
    expect(faultLine(new TypeError("x is not a function"))).toBe("internal.bug: x is not a function");
    expect(faultLine("thrown text")).toBe("internal.bug: thrown text");
    expect(faultLine(new Error("x".repeat(9000)))).toHaveLength(2000);
  });

  it("is for good only when whoever made it says so", () => {
    expect(isForGood(new SallyportError({ code: "azure.refused", detail: "no" }))).toBe(true);
    expect(isForGood(throttled())).toBe(false);
    expect(isForGood(new Error("a bug says nothing"))).toBe(false);
  });
});
