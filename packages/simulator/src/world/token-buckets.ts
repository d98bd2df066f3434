import type { Clock } from "@sallyport/backbone";

/** A token bucket: how many calls at once, and how many more each second. */
export interface Bucket {
  readonly size: number;
  readonly perSecond: number;
}

export type Taken = { readonly remaining: number } | { readonly retryAfterSeconds: number };

/** Buckets by name, each full at first: takes one token, or says how long until there is one. */
export function createTokenBuckets(clock: Pick<Clock, "elapsed">): (name: string, bucket: Bucket) => Taken {
  const levels = new Map<string, { readonly level: number; readonly atMs: number }>();
  return (name, { size, perSecond }) => {
    const nowMs = clock.elapsed();
    const known = levels.get(name) ?? { level: size, atMs: nowMs };
    const level = Math.min(size, known.level + ((nowMs - known.atMs) / 1000) * perSecond);
    const left = level < 1 ? level : level - 1;
    levels.set(name, { level: left, atMs: nowMs });
    return level < 1 ? { retryAfterSeconds: Math.ceil((1 - level) / perSecond) } : { remaining: Math.floor(left) };
  };
}
