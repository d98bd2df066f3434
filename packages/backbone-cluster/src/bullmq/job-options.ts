import { backoffMs } from "@sallyport/backbone";
import type { Random } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import type { JobsOptions, WorkerOptions } from "bullmq";

/** In practice for ever: there is no "gave up" (bullmq.md B3, §9). */
const FOR_EVER = 1_000_000;

/** How every job is stored. It goes when it is done; one that failed for good stays, to be seen. */
export const jobOptions = {
  attempts: FOR_EVER,
  backoff: { type: "custom" },
  removeOnComplete: true,
  removeOnFail: false,
  // The row, not the queue, remembers what went wrong.
  stackTraceLimit: 1,
} as const satisfies JobsOptions;

/** How every worker works: a dead one's job is taken over within the sum of the lock and the check (B4). */
export const workerOptions = {
  lockDuration: 5000,
  stalledInterval: 2000,
  maxStalledCount: FOR_EVER,
  runRetryDelay: 500,
  drainDelay: 1,
} as const satisfies Partial<WorkerOptions>;

/** How long until a job that threw comes back, in milliseconds: capped and jittered, or as long as the other side asked for. */
export const comesBackMs = (tries: number, fault: unknown, random: Random): number =>
  Math.max(1, backoffMs(tries, random), fault instanceof SallyportError ? (fault.retryAfterMs ?? 0) : 0);
