import type { Instant, Job, Lane } from "@sallyport/contracts";
import type { Running } from "./event-bus.ts";

export interface WorkOptions {
  /** How many jobs of this lane run at once in this process. */
  readonly concurrency: number;
}

/**
 * Jobs that are due at an instant. Durable, at least once, never before their time. A job that throws comes back after a capped,
 * jittered backoff, for ever: there is no "gave up". Lanes do not delay each other.
 */
export interface WorkQueue {
  /**
   * Resolves once the job is durable. The same job for the same instant is put once. One that is due now may start at once in the
   * process that put it (the hand-off of guarantees.md); it is then stored as due at the end of a lease, so that it comes due
   * again if the process dies.
   */
  readonly put: (job: Job, due: Instant) => Promise<void>;
  readonly work: (lane: Lane, run: (job: Job) => Promise<void>, options: WorkOptions) => Promise<Running>;
  /** How many jobs of the lane are waiting or running: for metrics and invariants. */
  readonly waiting: (lane: Lane) => Promise<number>;
  readonly close: () => Promise<void>;
}
