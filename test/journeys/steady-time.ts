import type { Clock } from "@sallyport/backbone";
import { msBetween } from "@sallyport/contracts";
import type { Instant } from "@sallyport/contracts";
import { createVirtualClock } from "@sallyport/testkit";

export interface SteadyTime {
  readonly clock: Clock;
  /** Lets `ms` go by, from one thing that is due to the next; each comes to rest before time goes on. */
  readonly pass: (ms: number) => Promise<void>;
  /** Waits for something that comes from outside, as an answer over a socket does, while time stands still. */
  readonly during: <Value>(work: Promise<Value>) => Promise<Value>;
}

/** A wait that would be for ever is a failure, not a hanging test. Real milliseconds. */
const PATIENCE_MS = 120_000;

/**
 * Virtual time for a whole system. `activity` counts what goes on beside the clock, such as calls of a cloud: time stands still as long
 * as it changes, so that a call takes no time but what the world says it takes.
 */
export function createSteadyTime(activity: () => number, start?: Instant): SteadyTime {
  const virtual = createVirtualClock(start);
  const dues = new Set<{ readonly due: number }>();

  const tracked = (due: number, arm: (run: () => void) => () => void, run: () => void) => {
    const entry = { due };
    dues.add(entry);
    const cancel = arm(() => {
      dues.delete(entry);
      run();
    });
    return () => {
      dues.delete(entry);
      cancel();
    };
  };
  const clock: Clock = {
    now: virtual.now,
    elapsed: virtual.elapsed,
    after: (ms, run) => tracked(virtual.elapsed() + Math.max(0, ms), (armed) => virtual.after(ms, armed), run),
    at: (due, run) =>
      tracked(virtual.elapsed() + Math.max(0, msBetween(virtual.now(), due)), (armed) => virtual.at(due, armed), run),
  };

  const settle = async () => {
    for (let before = -1; before !== activity();) {
      before = activity();
      await virtual.runUntilIdle();
      await virtual.runUntilIdle();
    }
  };
  const nextDue = () => [...dues].reduce((least, { due }) => Math.min(least, due), Number.POSITIVE_INFINITY);

  // However many wait for something at once, one loop keeps what is due now going.
  let waiting = 0;
  let pumping: Promise<void> | undefined;
  const pump = async () => {
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (waiting > 0) {
      if (performance.now() > giveUpAt) throw new Error("nothing answers while time stands still");
      await virtual.runUntilIdle();
    }
    await settle();
    pumping = undefined;
  };

  return {
    clock,
    pass: async (ms) => {
      const target = virtual.elapsed() + ms;
      await settle();
      for (let next = nextDue(); next <= target; next = nextDue()) {
        await virtual.pass(Math.max(0, Math.ceil(next - virtual.elapsed())));
        await settle();
      }
      await virtual.pass(Math.max(0, target - virtual.elapsed()));
    },
    during: async (work) => {
      waiting += 1;
      const over = () => {
        waiting -= 1;
      };
      work.then(over, over);
      pumping ??= pump();
      await pumping;
      return work;
    },
  };
}
