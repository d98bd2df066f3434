import { wait } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";

/** What flows in each second, for one principal on one subscription (azure.md §11). Deletes have their own: a closing waits for no opening. */
export const ARM_FLOW = { reads: 25, writes: 10, deletes: 10 } as const;

/** One of ARM's token buckets, as far as its answers tell how full it is. */
export interface Budget {
  /** Spends one token; waits through the Clock, in the order of coming, when the bucket is known to be empty. Answers how long it waited, in ms. */
  readonly spend: () => Promise<number>;
  /** After each answer, with what it said remains; nothing when it did not say. */
  readonly answered: (remaining: number | undefined) => void;
}

/** A bucket of which nothing is known is not waited for: what ARM grants differs, and every answer says it. */
export function createBudget(perSecond: number, clock: Clock): Budget {
  let level = Number.POSITIVE_INFINITY;
  let atMs = clock.elapsed();
  let underWay = 0;
  const flow = () => {
    level += ((clock.elapsed() - atMs) / 1000) * perSecond;
    atMs = clock.elapsed();
  };
  return {
    spend: async () => {
      flow();
      // Below nothing: spent in advance by those who wait.
      level -= 1;
      underWay += 1;
      const waitMs = level < 0 ? Math.ceil((-level / perSecond) * 1000) : 0;
      if (waitMs > 0) await wait(clock, waitMs);
      return waitMs;
    },
    answered: (remaining) => {
      underWay -= 1;
      flow();
      // Those under way may not have been counted there yet.
      if (remaining !== undefined) level = remaining - underWay;
    },
  };
}
