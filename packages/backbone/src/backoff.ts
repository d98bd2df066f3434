/** The longest pause between two tries, in both ways to run: what comes back is noticed within seconds. */
export const LONGEST_BACKOFF_MS = 5000;

/** A source of chance in [0, 1). */
export type Random = () => number;

/**
 * How long to wait before try number `tries + 1`, in milliseconds: doubling from 100 ms, capped, and jittered to between half and
 * all of it, so that many who failed together do not come back together.
 */
export function backoffMs(tries: number, random: Random): number {
  const full = Math.min(LONGEST_BACKOFF_MS, 100 * 2 ** Math.min(tries - 1, 10));
  return Math.round(full / 2 + (full / 2) * random());
}
