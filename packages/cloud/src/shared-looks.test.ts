import { wait } from "@sallyport/backbone";
import { createVirtualClock } from "@sallyport/testkit";
import { billed, createTally, noteCall } from "./call-bill.ts";
import { createSharedLooks } from "./shared-looks.ts";

/** A world that changes all the time, and a look at it that takes 100 ms and shows what was so when it began. */
function aWorld() {
  const clock = createVirtualClock();
  const shared = createSharedLooks(clock);
  let looks = 0;
  const look = async () => {
    looks += 1;
    noteCall("read");
    const beganMs = clock.elapsed();
    await wait(clock, 100);
    return { beganMs };
  };
  return { clock, shared, look, looks: () => looks };
}

describe("a look at the cloud that many share", () => {
  it("costs those who ask at once two calls, however many they are, and shows nobody what was before they asked", async () => {
    const { clock, shared, look, looks } = aWorld();
    const asked: Promise<{ askedMs: number; beganMs: number }>[] = [];
    const ask = async () => {
      const askedMs = clock.elapsed();
      return { askedMs, ...(await shared("vm-1", look)) };
    };
    for (let n = 0; n < 10; n += 1) asked.push(ask());
    await clock.pass(50);
    asked.push(ask());
    await clock.pass(300);
    const answers = await Promise.all(asked);
    expect(looks()).toBe(2);
    expect(answers.filter(({ askedMs, beganMs }) => beganMs < askedMs)).toEqual([]);
    await Promise.all([shared("vm-2", look), shared("vm-1", look), clock.pass(100)]);
    expect(looks()).toBe(4);
  });

  it("is on the bills of all who share it, in equal parts", async () => {
    const { clock, shared, look } = aWorld();
    const tallies = [createTally(), createTally(), createTally()];
    const all = tallies.map(({ bill }) => billed(bill, () => shared("vm-1", look)));
    await clock.pass(300);
    await Promise.all(all);
    expect(tallies.map(({ calls }) => calls().reads)).toEqual([1, 0.5, 0.5]);
  });

  it("may be a recent one for whoever says so, for no longer, and never one that failed", async () => {
    const { clock, shared, look, looks } = aWorld();
    void shared("vm-1", look);
    await clock.pass(1000);
    expect(await shared("vm-1", look, 1000)).toEqual({ beganMs: 0 });
    await clock.pass(1);
    const again = shared("vm-1", look, 1000);
    await clock.pass(100);
    expect([await again, looks()]).toEqual([{ beganMs: 1001 }, 2]);
    await expect(shared("vm-2", () => Promise.reject(new Error("away")), 1000)).rejects.toThrow("away");
    await clock.pass(10);
    const later = shared("vm-2", look, 1000);
    await clock.pass(100);
    expect(await later).toEqual({ beganMs: 1111 });
  });

  it("that hangs holds up nobody for longer than five seconds", async () => {
    const { clock, shared, look } = aWorld();
    void shared("vm-1", () => new Promise(() => {}));
    const next = shared("vm-1", look);
    await clock.pass(5100);
    expect(await next).toEqual({ beganMs: 5000 });
  });

  it("tells those who come while one fails what the next one says", async () => {
    const { clock, shared, look } = aWorld();
    const failing = shared("vm-1", async () => {
      await wait(clock, 10);
      throw new Error("away");
    });
    const next = shared("vm-1", look);
    const failed = failing.catch(String);
    await clock.pass(200);
    expect(await failed).toContain("away");
    expect(await next).toEqual({ beganMs: 10 });
  });
});
