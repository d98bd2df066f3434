import { setTimeout as sleep } from "node:timers/promises";

export interface MachinePulse {
  /** How much longer work took between two instants than on this machine at its best (epoch milliseconds; the answer, too). */
  readonly lostMs: (from: number, to: number) => number;
  readonly stop: () => void;
}

interface Beat {
  readonly at: number;
  readonly lateMs: number;
}

const EVERY_MS = 100;
/** Closing a door makes about as many trips between processes, one after the other, in the time of one beat. */
const TRIPS = 10;

/**
 * What a busy machine takes from everybody: again and again one short wait and one trip to another process, `trip`, which is never
 * killed. What that takes longer than the quickest did is lost to a closing as well: a standstill once, a slow trip with each of its
 * own trips.
 */
export function feelPulse(trip: () => Promise<unknown>): MachinePulse {
  const beats: { readonly at: number; readonly tookMs: number }[] = [];
  let quickestMs = Number.POSITIVE_INFINITY;
  let beating = true;
  const beat = async (): Promise<void> => {
    while (beating) {
      const began = performance.now();
      await sleep(EVERY_MS);
      // An answer that says no has made the trip, too.
      await trip().catch(() => undefined);
      const tookMs = performance.now() - began;
      quickestMs = Math.min(quickestMs, tookMs);
      beats.push({ at: Date.now(), tookMs });
    }
  };
  void beat();
  const lost = ({ lateMs }: Beat): number => Math.min(TRIPS * lateMs, lateMs + (TRIPS - 1) * EVERY_MS);
  return {
    lostMs: (from, to) =>
      beats
        .map(({ at, tookMs }): Beat => ({ at, lateMs: tookMs - quickestMs }))
        // A beat is of the time before its end.
        .filter(({ at, lateMs }) => at >= from && at - lateMs - EVERY_MS <= to)
        .reduce((sum, one) => sum + lost(one), 0),
    stop: () => {
      beating = false;
    },
  };
}
