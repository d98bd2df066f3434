import type { Cancel, Clock } from "@sallyport/backbone";
import { instantOf, msOf } from "@sallyport/contracts";
import type { Instant } from "@sallyport/contracts";

/**
 * How often the loop goes round between two steps of time, so that chains of promises, and the in-process transports of the cloud
 * SDKs, which hop through `setImmediate`, come to rest before time goes on.
 */
const ROUNDS = 8;

/** A clock that re-arms something for "now" this often without time going on has met a loop. */
const MOST_STEPS_AT_ONE_INSTANT = 100_000;

export interface VirtualClock extends Clock {
  /** Lets `ms` go by: runs what becomes due, one call at a time, in order of due time and then of arming, and lets each come to rest. */
  readonly pass: (ms: number) => Promise<void>;
  /** Runs what is due now, and what that makes due now, until nothing is; time stands still. */
  readonly runUntilIdle: () => Promise<void>;
  /** Sets the wall clock forward or back by `ms`, as an administrator or NTP would; the monotonic clock goes on. */
  readonly setWallBy: (ms: number) => void;
  /** The same time as a process sees it whose wall clock is `ms` ahead. */
  readonly skewed: (ms: number) => Clock;
  /** How many calls are armed. */
  readonly armed: () => number;
}

interface Timer {
  /** On the monotonic clock. */
  due: number;
  /** On the true wall clock, for those that wait for an instant. */
  readonly wallDue: number | undefined;
  readonly order: number;
  readonly run: () => void;
}

const byDue = (a: Timer, b: Timer) => a.due - b.due || a.order - b.order;

/** Time that goes by only when a test lets it; the same story runs the same way every time. */
export function createVirtualClock(start: Instant = instantOf(Date.UTC(2026, 0, 31, 8))): VirtualClock {
  let elapsed = 0;
  let wallOffset = msOf(start);
  let armings = 0;
  let passing = false;
  let timers: Timer[] = [];

  const arm = (due: number, wallDue: number | undefined, run: () => void): Cancel => {
    const timer: Timer = { due: Math.max(due, elapsed), wallDue, order: armings++, run };
    const place = timers.findIndex((other) => byDue(timer, other) < 0);
    timers.splice(place === -1 ? timers.length : place, 0, timer);
    return () => {
      timers = timers.filter((other) => other !== timer);
    };
  };

  const viewOf = (skewMs: number): Clock => ({
    now: () => instantOf(Math.floor(elapsed + wallOffset + skewMs)),
    elapsed: () => elapsed,
    at: (due, run) => arm(msOf(due) - skewMs - wallOffset, msOf(due) - skewMs, run),
    after: (ms, run) => arm(elapsed + Math.max(0, ms), undefined, run),
  });

  const passTo = async (target: number) => {
    if (passing) throw new Error("time is passing already: await the last pass() first");
    passing = true;
    try {
      let stepsHere = 0;
      await settle();
      for (let next = timers[0]; next !== undefined && next.due <= target; next = timers[0]) {
        stepsHere = next.due > elapsed ? 0 : stepsHere + 1;
        if (stepsHere > MOST_STEPS_AT_ONE_INSTANT) throw new Error("something arms itself for now, for ever");
        elapsed = Math.max(elapsed, next.due);
        timers.shift();
        next.run();
        await settle();
      }
      elapsed = Math.max(elapsed, target);
    } finally {
      passing = false;
    }
  };

  return {
    ...viewOf(0),
    pass: (ms) => passTo(elapsed + ms),
    runUntilIdle: () => passTo(elapsed),
    setWallBy: (ms) => {
      wallOffset += ms;
      for (const timer of timers)
        if (timer.wallDue !== undefined) timer.due = Math.max(elapsed, timer.wallDue - wallOffset);
      timers.sort(byDue);
    },
    skewed: viewOf,
    armed: () => timers.length,
  };
}

async function settle(): Promise<void> {
  for (let round = 0; round < ROUNDS; round++)
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
}
