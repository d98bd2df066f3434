import { plusMs } from "@sallyport/contracts";
import { createVirtualClock } from "./virtual-clock.ts";

describe("the virtual clock", () => {
  it("runs what becomes due in order of due time, and equal times in order of arming", async () => {
    const clock = createVirtualClock();
    const seen: string[] = [];
    clock.after(20, () => seen.push("late"));
    clock.after(10, () => seen.push("first of two"));
    clock.at(plusMs(clock.now(), 10), () => seen.push("second of two"));
    clock.after(30, () => seen.push("not yet"));
    await clock.pass(29);
    expect(seen).toEqual(["first of two", "second of two", "late"]);
    expect(clock.armed()).toBe(1);
  });

  it("shows each call the time at which it was due, and then the time that was passed to", async () => {
    const clock = createVirtualClock();
    const start = clock.now();
    const seen: [string, number][] = [];
    clock.after(7, () => {
      seen.push([clock.now(), clock.elapsed()]);
      clock.after(7, () => seen.push([clock.now(), clock.elapsed()]));
    });
    await clock.pass(100);
    expect(seen).toEqual([
      [plusMs(start, 7), 7],
      [plusMs(start, 14), 14],
    ]);
    expect(clock.now()).toBe(plusMs(start, 100));
  });

  it("lets a chain of promises come to rest before time goes on", async () => {
    const clock = createVirtualClock();
    let doneAt = -1;
    clock.after(5, () => {
      void (async () => {
        for (let i = 0; i < 50; i++) await Promise.resolve();
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        doneAt = clock.elapsed();
      })();
    });
    clock.after(6, () => {});
    await clock.pass(6);
    expect(doneAt).toBe(5);
  });

  it("runs nothing that was cancelled, also by a call at the same instant", async () => {
    const clock = createVirtualClock();
    let ran = false;
    let cancel = () => {};
    clock.after(1, () => cancel());
    cancel = clock.after(1, () => {
      ran = true;
    });
    await clock.pass(10);
    expect(ran).toBe(false);
  });

  it("runs an instant that has passed at the next turn, without time going on", async () => {
    const clock = createVirtualClock();
    let ran = false;
    clock.at(plusMs(clock.now(), -5000), () => {
      ran = true;
    });
    expect(ran).toBe(false);
    await clock.runUntilIdle();
    expect(ran).toBe(true);
    expect(clock.elapsed()).toBe(0);
  });

  it("moves instants but no durations when the wall clock is set", async () => {
    const clock = createVirtualClock();
    const seen: string[] = [];
    clock.at(plusMs(clock.now(), 1000), () => seen.push(`instant ${clock.elapsed()}`));
    clock.after(1000, () => seen.push(`duration ${clock.elapsed()}`));
    clock.setWallBy(600);
    await clock.pass(2000);
    expect(seen).toEqual(["instant 400", "duration 1000"]);
  });

  it("gives a process whose clock is ahead an earlier instant, at the same time", async () => {
    const clock = createVirtualClock();
    const ahead = clock.skewed(250);
    expect(ahead.now()).toBe(plusMs(clock.now(), 250));
    let at = -1;
    ahead.at(plusMs(clock.now(), 1000), () => {
      at = clock.elapsed();
    });
    await clock.pass(1000);
    expect(at).toBe(750);
  });

  it("refuses to pass time twice at once", async () => {
    const clock = createVirtualClock();
    const first = clock.pass(1);
    await expect(clock.pass(1)).rejects.toThrow("passing already");
    await first;
  });
});
