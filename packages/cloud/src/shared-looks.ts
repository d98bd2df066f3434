import type { Clock } from "@sallyport/backbone";
import { billed, currentBill } from "./call-bill.ts";
import type { Bill } from "./call-bill.ts";

/**
 * Asks the question named by `key`, or shares the answer of somebody who asks the same: of one that begins after the call; or, with
 * `recentMs`, of one that began no longer ago than that.
 */
export type SharedLooks = <T>(key: string, ask: () => Promise<T>, recentMs?: number) => Promise<T>;

interface Look {
  readonly beganMs: number;
  readonly answer: Promise<unknown>;
}
interface Next {
  readonly payers: Bill[];
  readonly answer: Promise<unknown>;
}

/** Nothing older than this is kept: the most that `recentMs` may be. */
export const RECENT_MS = 15_000;
/** Longer than a look takes; whoever waits longer than that looks for themselves. */
const HUNG_MS = 5000;

/**
 * Many who ask a cloud the same at once cost two calls: whoever comes while one is under way waits for the next, which all of them
 * share. Nobody is answered by what was asked before them, so that a look is as certain as if it were their own.
 */
export function createSharedLooks(clock: Pick<Clock, "elapsed" | "after">): SharedLooks {
  const underWay = new Map<string, Promise<unknown>>();
  const next = new Map<string, Next>();
  /** In the order of beginning. */
  const recent = new Map<string, Look>();

  /** One that hangs must not hold up those who come after it. */
  const overSoon = (running: Promise<unknown>) =>
    new Promise<void>((resolve) => {
      const cancel = clock.after(HUNG_MS, resolve);
      const over = () => {
        cancel();
        resolve();
      };
      running.then(over, over);
    });

  const begin = <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const beganMs = clock.elapsed();
    const answer = ask();
    underWay.set(key, answer);
    recent.delete(key);
    recent.set(key, { beganMs, answer });
    for (const [old, look] of recent) {
      if (beganMs - look.beganMs <= RECENT_MS) break;
      recent.delete(old);
    }
    const over = () => {
      if (underWay.get(key) === answer) underWay.delete(key);
    };
    answer.then(over, () => {
      over();
      // A fault is no answer to anybody who comes later.
      if (recent.get(key)?.answer === answer) recent.delete(key);
    });
    return answer;
  };

  // What is kept under a key is the answer to that very question, so of its type.
  return <T>(key: string, ask: () => Promise<T>, recentMs = 0): Promise<T> => {
    const known = recent.get(key);
    if (known !== undefined && recentMs > 0 && clock.elapsed() - known.beganMs <= recentMs)
      return known.answer as Promise<T>;
    const waiting = next.get(key);
    if (waiting !== undefined) {
      waiting.payers.push(currentBill());
      return waiting.answer as Promise<T>;
    }
    const running = underWay.get(key);
    if (running === undefined) return begin(key, ask);
    const payers = [currentBill()];
    const follow = () => {
      next.delete(key);
      return billed(
        (kind, share) => payers.forEach((pay) => pay(kind, share / payers.length)),
        () => begin(key, ask),
      );
    };
    const answer = overSoon(running).then(follow);
    next.set(key, { payers, answer });
    return answer;
  };
}
