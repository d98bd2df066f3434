import fc from "fast-check";
import { createVirtualClock } from "@sallyport/testkit";
import { createBudget } from "./budget.ts";

describe("the budget that ARM grants", () => {
  it("is not waited for as long as no answer says that it is low", async () => {
    const clock = createVirtualClock();
    const { spend, answered } = createBudget(10, clock);
    expect(await Promise.all(Array.from({ length: 500 }, spend))).toEqual(Array.from({ length: 500 }, () => 0));
    answered(11_000);
    expect(await spend()).toBe(0);
  });

  it("is spent as it flows in once an answer says that little is left, in the order of coming (P42)", async () => {
    const clock = createVirtualClock();
    const { spend, answered } = createBudget(10, clock);
    await spend();
    answered(3);
    const waits = Promise.all(Array.from({ length: 6 }, spend));
    await clock.pass(1000);
    expect(await waits).toEqual([0, 0, 0, 100, 200, 300]);
  });

  it("never spends more than what remained and what flowed in, however calls come", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 5 }),
        fc.array(fc.integer({ min: 0, max: 1500 }), { minLength: 1, maxLength: 40 }),
        async (remaining, gaps) => {
          const clock = createVirtualClock();
          const { spend, answered } = createBudget(2, clock);
          await spend();
          answered(remaining);
          const spent: number[] = [];
          const all: Promise<unknown>[] = [];
          for (const gap of gaps) {
            all.push(spend().then(() => spent.push(clock.elapsed())));
            await clock.pass(gap);
          }
          await clock.pass(60_000);
          await Promise.all(all);
          for (const [at, ms] of spent.entries())
            expect(at + 1).toBeLessThanOrEqual(remaining + (ms / 1000) * 2 + 1e-6);
        },
      ),
      { numRuns: 50 },
    );
  });
});
