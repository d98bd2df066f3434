import { createVirtualClock } from "@sallyport/testkit";
import fc from "fast-check";
import { createBudget, createBudgets } from "./budget.ts";

describe("the budget that EC2 grants an action", () => {
  it("is spent at once while the bucket holds, then as it flows in, in the order of coming", async () => {
    const clock = createVirtualClock();
    const { spend } = createBudget({ holds: 3, perSecond: 10 }, clock, "an action");
    const at: number[] = [];
    const all = Promise.all(Array.from({ length: 6 }, () => spend().then(() => at.push(clock.elapsed()))));
    await clock.pass(1000);
    await all;
    expect(at).toEqual([0, 0, 0, 100, 200, 300]);
  });

  it("tells who would wait too long to come again, and when", async () => {
    const { spend } = createBudget({ holds: 1, perSecond: 0.1 }, createVirtualClock(), "an action");
    await spend();
    await expect(spend()).rejects.toMatchObject({ code: "aws.throttled", retryable: true, retryAfterMs: 10_000 });
  });

  it("is empty once EC2 says so, flows half as fast after that, and grows back", async () => {
    const clock = createVirtualClock();
    const { spend, refused } = createBudget({ holds: 5, perSecond: 2 }, clock, "an action");
    const waited = async () => {
      const from = clock.elapsed();
      const done = spend().then(() => clock.elapsed() - from);
      await clock.pass(5000);
      return done;
    };
    refused();
    expect(await waited()).toBe(1000);
    await clock.pass(60_000);
    for (let call = 0; call < 5; call += 1) await spend();
    expect(await waited()).toBe(500);
  });

  it("never spends more than the bucket held and what flowed in, however calls come", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 40 }),
        async (holds, gaps) => {
          const clock = createVirtualClock();
          const { spend } = createBudget({ holds, perSecond: 2 }, clock, "an action");
          const spent: number[] = [];
          for (const gap of gaps) {
            void spend().then(
              () => spent.push(clock.elapsed()),
              () => undefined,
            );
            await clock.pass(gap);
          }
          await clock.pass(60_000);
          for (const from of spent)
            for (const to of spent.filter((one) => one >= from)) {
              const within = spent.filter((one) => from <= one && one <= to).length;
              expect(within).toBeLessThanOrEqual(holds + 1 + ((to - from) / 1000) * 2);
            }
        },
      ),
      { numRuns: 50 },
    );
  });

  it("is each action's own, and each account's and region's: who is throttled delays nobody else", async () => {
    const clock = createVirtualClock();
    const sizes = { read: { holds: 1, perSecond: 0.01 }, write: { holds: 1, perSecond: 0.01 } };
    const [one, other] = ["111111111111/eu-west-1", "222222222222/eu-west-1"].map((scope) =>
      createBudgets(clock, scope, sizes),
    );
    one?.("DescribeInstances").refused();
    await expect(one?.("DescribeInstances").spend()).rejects.toMatchObject({ code: "aws.throttled" });
    await one?.("DescribeSecurityGroups").spend();
    await other?.("DescribeInstances").spend();
    expect(clock.elapsed()).toBe(0);
  });

  it("is smaller where EC2's is: twenty questions at once who refers to a group, then five a second", async () => {
    const clock = createVirtualClock();
    const { spend } = createBudgets(clock, "111111111111/eu-west-1")("DescribeSecurityGroupReferences");
    const spent: number[] = [];
    for (let n = 0; n < 25; n++) void spend().then(() => spent.push(clock.elapsed()));
    await clock.pass(0);
    expect(spent).toHaveLength(20);
    await clock.pass(1000);
    expect(spent).toHaveLength(25);
  });
});
