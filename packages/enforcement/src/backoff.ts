import { SallyportError } from "@sallyport/contracts";

const FIRST_MS = 250;
const LONGEST_MS = 15_000;

/**
 * How long to wait after the `tries`-th failure in a row: doubled each time, capped, with full jitter so that many do not come back
 * together; never sooner than the other side asked for. `chance` is in [0, 1).
 */
export function backoffMs(tries: number, fault: unknown, chance: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 16));
  const jittered = Math.round(ceiling / 2 + (ceiling / 2) * chance);
  const asked = fault instanceof SallyportError ? (fault.retryAfterMs ?? 0) : 0;
  return Math.max(jittered, asked);
}
