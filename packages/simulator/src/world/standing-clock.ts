import type { Clock } from "@sallyport/backbone";
import { instantOf, msOf } from "@sallyport/contracts";
import type { Instant } from "@sallyport/contracts";

/** A clock that stands still until told to pass time: the simulated clouds' virtual-time mode. */
export interface StandingClock extends Clock {
  /** Lets `ms` go by: what becomes due meanwhile runs at its own instant, in order, each given a turn of the loop to come to rest. */
  readonly pass: (ms: number) => Promise<void>;
}

export function createStandingClock(start: Instant): StandingClock {
  const startMs = msOf(start);
  let elapsedMs = 0;
  let armings = 0;
  const armed = new Map<number, { readonly dueMs: number; readonly run: () => void }>();
  const arm = (dueMs: number, run: () => void) => {
    const id = armings++;
    armed.set(id, { dueMs: Math.max(dueMs, elapsedMs), run });
    return () => {
      armed.delete(id);
    };
  };
  return {
    now: () => instantOf(startMs + elapsedMs),
    elapsed: () => elapsedMs,
    at: (due, run) => arm(msOf(due) - startMs, run),
    after: (ms, run) => arm(elapsedMs + ms, run),
    pass: async (ms) => {
      const untilMs = elapsedMs + ms;
      for (;;) {
        // Map order is arming order, which decides among equals.
        const [next] = [...armed].toSorted(([, a], [, b]) => a.dueMs - b.dueMs);
        if (next === undefined || next[1].dueMs > untilMs) break;
        armed.delete(next[0]);
        elapsedMs = next[1].dueMs;
        next[1].run();
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
      }
      elapsedMs = untilMs;
    },
  };
}
