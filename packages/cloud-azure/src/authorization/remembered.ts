import type { Clock } from "@sallyport/backbone";

/** Answers, kept for a while; who asks for the same while it is looked up shares the answer. A failure is not kept. */
export interface Remembered<Value> {
  /** An answer that is at most so old, in milliseconds. */
  readonly get: (key: string, oldestMs: number, look: () => Promise<Value>) => Promise<Value>;
}

/** How many answers are kept; the one that was asked for first goes first. */
const MOST = 10_000;

export function createRemembered<Value>(clock: Pick<Clock, "elapsed">): Remembered<Value> {
  const kept = new Map<string, { readonly at: number; readonly value: Promise<Value> }>();
  return {
    get: (key, oldestMs, look) => {
      const known = kept.get(key);
      if (known !== undefined && clock.elapsed() - known.at <= oldestMs) return known.value;
      const value = look();
      const entry = { at: clock.elapsed(), value };
      kept.delete(key);
      kept.set(key, entry);
      const [first] = kept.keys();
      if (kept.size > MOST && first !== undefined) kept.delete(first);
      value.catch(() => {
        if (kept.get(key) === entry) kept.delete(key);
      });
      return value;
    },
  };
}
