import type { Cancel, Clock, Observe, Random } from "@sallyport/backbone";
import type { Job, Lane } from "@sallyport/contracts";
import { comesBackMs } from "./job-options.ts";

/** The stored promise behind a job that runs here already. */
export interface StoredJob {
  readonly id: string;
  /** Moves its due time to `ms` from now; throws when it is no longer waiting for it. */
  readonly dueIn: (ms: number) => Promise<void>;
  readonly remove: () => Promise<void>;
}

export interface HandOff {
  /** Resolves when the run is over and its promise is kept, taken away or put off; never throws. */
  readonly finished: Promise<void>;
  /** As a kill would: what is stored stays, and comes due at the end of the lease. */
  readonly abandon: () => void;
}

/**
 * Runs a job that is due now in the process that put it (guarantees.md, "Hand-off"). What is stored is due at the end of a lease that
 * is renewed while the run lasts, so that it comes due if the process dies.
 */
export function handOff(
  { clock, random, observe, leaseMs }: { clock: Clock; random: Random; observe: Observe; leaseMs: number },
  { lane, job, stored, run }: { lane: Lane; job: Job; stored: StoredJob; run: (job: Job) => Promise<void> },
): HandOff {
  const { id } = stored;
  let over = false;
  let abandoned = false;
  let cancel: Cancel = () => {};

  const renew = () => {
    cancel = clock.after(leaseMs / 3, () => {
      void stored
        .dueIn(leaseMs)
        .catch(() => {
          if (!over) observe({ kind: "lease-lost", lane, id });
        })
        .finally(() => {
          if (!over) renew();
        });
    });
  };
  const end = () => {
    over = true;
    cancel();
  };
  const runIt = async () => {
    let keep: () => Promise<void> = stored.remove;
    try {
      await run(job);
    } catch (fault) {
      const waitMs = comesBackMs(1, fault, random);
      keep = () => stored.dueIn(waitMs);
      if (!abandoned) observe({ kind: "job-failed", lane, id, tries: 1, waitMs, fault });
    }
    end();
    if (abandoned) return;
    // Not told to the server, it comes due at the end of the lease: late, or twice, but not lost.
    await keep().catch((fault: unknown) => observe({ kind: "unavailable", what: `the outcome of job ${id}`, fault }));
  };
  renew();
  return {
    finished: runIt(),
    abandon: () => {
      abandoned = true;
      end();
    },
  };
}
