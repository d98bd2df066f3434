import type { Instant } from "@sallyport/contracts";

/** Takes back a call that was asked for and has not happened yet. */
export type Cancel = () => void;

/**
 * The only source of time, and the only way to wait. Due times are compared with the wall clock, durations inside a process with
 * the monotonic one; the two are never mixed (settled.md §2). The only port whose functions answer at once.
 */
export interface Clock {
  /** Wall clock. */
  readonly now: () => Instant;
  /** Monotonic milliseconds since some fixed moment: for durations only. */
  readonly elapsed: () => number;
  /** Runs `run` once the wall clock has reached `due`; at the next turn of the loop when it already has. */
  readonly at: (due: Instant, run: () => void) => Cancel;
  /** Runs `run` after `ms` monotonic milliseconds. */
  readonly after: (ms: number, run: () => void) => Cancel;
}

/** Waits `ms` milliseconds of the clock's own time. */
export const wait = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve);
  });
