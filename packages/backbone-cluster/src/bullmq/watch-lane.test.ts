import { msOf } from "@sallyport/contracts";
import { createVirtualClock } from "@sallyport/testkit";
import { watchLane } from "./watch-lane.ts";

describe("watching whether jobs move", () => {
  const aLane = () => {
    const clock = createVirtualClock();
    const state = { free: true, dueInMs: -5000 as number | undefined, away: false, renewals: 0 };
    const watch = watchLane({
      clock,
      hasFreeSlot: () => state.free,
      oldestDueMs: async () => {
        if (state.away) throw new Error("away");
        return state.dueInMs === undefined ? undefined : msOf(clock.now()) + state.dueInMs;
      },
      renew: () => state.renewals++,
    });
    return { clock, state, ...watch };
  };

  it("makes a new worker when a late job does not start though a slot is free, and gives up when that does not help", async () => {
    const { clock, state, moving, alive, started } = aLane();
    await clock.pass(1500);
    expect(moving()).toBe(true);
    await clock.pass(2000);
    expect([state.renewals, moving(), alive()]).toEqual([1, false, true]);
    await clock.pass(10_000);
    expect(alive()).toBe(false);
    started();
    expect([moving(), alive()]).toEqual([true, true]);
  });

  it.each([
    ["every slot is busy", { free: false }],
    ["nothing is late", { dueInMs: -1000 }],
    ["nothing waits", { dueInMs: undefined }],
    ["Redis does not answer, so that nothing is known", { away: true }],
  ])("does nothing while %s", async (_, now) => {
    const { clock, state, moving, alive } = aLane();
    Object.assign(state, now);
    await clock.pass(60_000);
    expect([state.renewals, moving(), alive()]).toEqual([0, true, true]);
  });

  it("does nothing while jobs start, however late the oldest is", async () => {
    const { clock, state, started } = aLane();
    for (let i = 0; i < 30; i++) {
      started();
      await clock.pass(1000);
    }
    expect(state.renewals).toBe(0);
  });
});
