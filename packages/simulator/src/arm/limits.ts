import type { Clock } from "@sallyport/backbone";

/** A token bucket: how many calls at once, and how many more each second. */
export interface Bucket {
  readonly size: number;
  readonly perSecond: number;
}

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

export type Taken = { readonly remaining: number } | { readonly retryAfterSeconds: number };

export interface Limiter {
  readonly take: (subscriptionId: string, principal: string, what: keyof ArmLimits) => Taken;
}

export function createLimiter(limits: ArmLimits, clock: Pick<Clock, "elapsed">): Limiter {
  const levels = new Map<string, { level: number; atMs: number }>();
  return {
    take: (subscriptionId, principal, what) => {
      const { size, perSecond } = limits[what];
      const key = `${subscriptionId} ${principal} ${what}`;
      const nowMs = clock.elapsed();
      const known = levels.get(key) ?? { level: size, atMs: nowMs };
      const level = Math.min(size, known.level + ((nowMs - known.atMs) / 1000) * perSecond);
      const left = level < 1 ? level : level - 1;
      levels.set(key, { level: left, atMs: nowMs });
      return level < 1 ? { retryAfterSeconds: Math.ceil((1 - level) / perSecond) } : { remaining: Math.floor(left) };
    },
  };
}
