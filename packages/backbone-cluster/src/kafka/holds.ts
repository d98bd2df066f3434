import { backoffMs } from "@sallyport/backbone";
import type { Random } from "@sallyport/backbone";
import { isRetryable, SallyportError } from "@sallyport/contracts";

/** How often a handler that fails for no retryable reason is tried before the message is a dead letter (settled.md §3). */
const TRIES_OF_A_BUG = 5;

/** What becomes of a message whose handler threw. */
export type Failed =
  { readonly kind: "hold"; readonly tries: number; readonly waitMs: number } | { readonly kind: "dead" };

/** The messages at which partitions are held, and how often each was tried. */
export interface Holds {
  readonly failed: (partition: string, offset: string, fault: unknown) => Failed;
  /** The partition has passed its hold. */
  readonly passed: (partition: string) => void;
}

interface Hold {
  readonly offset: string;
  readonly tries: number;
  readonly bugs: number;
}

export function createHolds(random: Random): Holds {
  const holds = new Map<string, Hold>();
  return {
    failed: (partition, offset, fault) => {
      const known = holds.get(partition);
      const before = known?.offset === offset ? known : { tries: 0, bugs: 0 };
      const tries = before.tries + 1;
      const bugs = before.bugs + (isRetryable(fault) ? 0 : 1);
      if (bugs >= TRIES_OF_A_BUG) return { kind: "dead" };
      holds.set(partition, { offset, tries, bugs });
      const asked = fault instanceof SallyportError ? (fault.retryAfterMs ?? 0) : 0;
      return { kind: "hold", tries, waitMs: Math.max(asked, backoffMs(tries, random)) };
    },
    passed: (partition) => holds.delete(partition),
  };
}
