import type { Clock } from "@sallyport/backbone";
import { createTokenBuckets } from "../world/token-buckets.ts";
import type { Bucket, Taken } from "../world/token-buckets.ts";

export interface ArmLimits {
  readonly reads: Bucket;
  readonly writes: Bucket;
  readonly deletes: Bucket;
}

/** ARM's own budgets, per subscription and principal (azure.md §11). */
export const REAL_ARM_LIMITS: ArmLimits = {
  reads: { size: 250, perSecond: 25 },
  writes: { size: 200, perSecond: 10 },
  deletes: { size: 200, perSecond: 10 },
};

/** As wide as ARM's once were, so that a demonstration never meets them. */
export const GENEROUS_ARM_LIMITS: ArmLimits = {
  reads: { size: 12_000, perSecond: 1200 },
  writes: { size: 12_000, perSecond: 1200 },
  deletes: { size: 15_000, perSecond: 1500 },
};

export interface Limiter {
  readonly take: (subscriptionId: string, principal: string, what: keyof ArmLimits) => Taken;
}

export function createLimiter(limits: ArmLimits, clock: Pick<Clock, "elapsed">): Limiter {
  const take = createTokenBuckets(clock);
  return {
    take: (subscriptionId, principal, what) => take(`${subscriptionId} ${principal} ${what}`, limits[what]),
  };
}
