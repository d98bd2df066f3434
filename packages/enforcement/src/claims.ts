import { SallyportError } from "@sallyport/contracts";
import type { Clock, Leases } from "@sallyport/backbone";

/** Short, and renewed: what a dead process held must not keep a door open for long. */
const CLAIM_MS = 10_000;

/** One settler per row at a time: within this process callers join the run that is under way, between processes a lease decides. */
export type Claims = (name: string, run: () => Promise<void>) => Promise<void>;

/**
 * A claim spares work and noise; correctness rests on compare-and-set and on reading back. Whoever meets another process's claim
 * throws a retryable fault, and its job comes again.
 */
export function createClaims({ leases, clock }: { readonly leases: Leases; readonly clock: Clock }): Claims {
  const underWay = new Map<string, Promise<void>>();
  const follow = new Map<string, Promise<void>>();

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

  const start = (name: string, run: () => Promise<void>): Promise<void> => {
    const running = claimed(name, run).finally(() => {
      // Whoever waits for the next run takes the place at once: nobody slips in between.
      if (!follow.has(name)) underWay.delete(name);
    });
    underWay.set(name, running);
    return running;
  };

  return (name, run) => {
    const running = underWay.get(name);
    if (running === undefined) return start(name, run);
    // The row may have changed after the run under way had read it: one more run, shared by all who ask meanwhile, looks again.
    const waiting = follow.get(name);
    if (waiting !== undefined) return waiting;
    const next = running
      .catch(() => undefined)
      .then(() => {
        follow.delete(name);
        return start(name, run);
      });
    follow.set(name, next);
    return next;
  };
}
