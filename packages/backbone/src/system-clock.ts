import { instantOf, msOf } from "@sallyport/contracts";
import type { Instant } from "@sallyport/contracts";
import type { Clock } from "./clock.ts";

/** A long `setTimeout` follows the monotonic clock and drifts from the wall clock; short steps re-read it (performance.md §6). */
const LONGEST_STEP_MS = 1000;

/** The machine's own clocks. The one file of the product that may call `setTimeout`. */
export function createSystemClock(): Clock {
  const at = (due: Instant, run: () => void) => {
    let timer: NodeJS.Timeout;
    const arm = () => {
      const leftMs = msOf(due) - Date.now();
      timer = leftMs <= 0 ? setTimeout(run, 0) : setTimeout(arm, Math.min(leftMs, LONGEST_STEP_MS));
    };
    arm();
    return () => clearTimeout(timer);
  };
  return {
    now: () => instantOf(Date.now()),
    elapsed: () => performance.now(),
    at,
    after: (ms, run) => {
      const timer = setTimeout(run, Math.max(0, ms));
      return () => clearTimeout(timer);
    },
  };
}
