import { SallyportError } from "@sallyport/contracts";
import type { Clock, Leases, Log } from "@sallyport/backbone";

/**
 * Short, and renewed: what a dead process held must not keep a door open for long. No longer than the queue takes to notice the dead
 * (bullmq.md B4: a lock of 5 s and a check), so that its job, when it comes to another process, meets no claim any more. One that merely
 * stood still for longer loses its claim too, which costs work and no safety.
 */
export const CLAIM_MS = 5000;

/** `aside`: all that remains is a long wait. The run goes on by itself; whoever called has better things to do. */
export type Ended = "over" | "aside";

/** A run may say that it steps aside: nobody has to wait for it any more. */
export type ClaimedRun = (stepAside: () => void) => Promise<void>;

/** One settler per row at a time: within this process callers join the run that is under way, between processes a lease decides. */
export interface Claims {
  readonly run: (name: string, run: ClaimedRun) => Promise<Ended>;
  /** Resolves when nothing is under way any more, what has stepped aside included. */
  readonly idle: () => Promise<void>;
}

export interface ClaimsDeps {
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Log;
}

interface UnderWay {
  readonly over: Promise<void>;
  readonly ended: Promise<Ended>;
}

/** A new one each time: whatever waits for it is forgotten with it. */
const never = () => new Promise<never>(() => undefined);

/**
 * A claim spares work and noise; correctness rests on compare-and-set and on reading back. Whoever meets another process's claim
 * throws a retryable fault, and its job comes again.
 */
export function createClaims({ leases, clock, log }: ClaimsDeps): Claims {
  const underWay = new Map<string, UnderWay>();
  const follow = new Map<string, Promise<UnderWay>>();

  async function claimed(name: string, run: () => Promise<void>): Promise<void> {
    const lease = await leases.acquire(name, CLAIM_MS);
    if (lease === undefined)
      throw new SallyportError({ code: "backbone.lease-held", detail: `${name} is being settled by another process` });
    let over = false;
    const arm = (): void => {
      if (!over) clock.after(CLAIM_MS / 3, () => void (over || lease.renew().then(arm, arm)));
    };
    arm();
    try {
      await run();
    } finally {
      over = true;
      await lease.release();
    }
  }

  const start = (name: string, run: ClaimedRun): UnderWay => {
    let stepAside = (): void => undefined;
    let isAside = false;
    const aside = new Promise<Ended>((resolve) => {
      stepAside = () => {
        isAside = true;
        resolve("aside");
      };
    });
    const over = claimed(name, () => run(stepAside)).finally(() => {
      // Whoever waits for the next run takes the place at once: nobody slips in between.
      if (!follow.has(name)) underWay.delete(name);
    });
    over.catch((error: unknown) => {
      // Nobody waits for it any more who could say it. The row tells reconcile when to try again.
      if (isAside) log.warn("what had stepped aside failed; it comes again", { name, error });
    });
    const one: UnderWay = { over, ended: Promise.race([over.then(() => "over" as const), aside]) };
    underWay.set(name, one);
    return one;
  };

  const next = (name: string, run: ClaimedRun, before: UnderWay): Promise<UnderWay> => {
    const after = before.over
      .catch(() => undefined)
      .then(() => {
        follow.delete(name);
        return start(name, run);
      });
    follow.set(name, after);
    return after;
  };

  return {
    run: (name, run) => {
      const running = underWay.get(name);
      if (running === undefined) return start(name, run).ended;
      // The row may have changed after the run under way had read it: one more run, shared by all who ask meanwhile, looks again.
      const after = follow.get(name) ?? next(name, run, running);
      // What waits for one that has stepped aside has stepped aside, too.
      const aside = running.ended.then((ended) => (ended === "aside" ? ended : never()), never);
      return Promise.race([after.then(({ ended }) => ended), aside]);
    },
    idle: async () => {
      while (underWay.size > 0) await Promise.allSettled([...underWay.values()].map(({ over }) => over));
    },
  };
}
