import type { Clock, Observe } from "@sallyport/backbone";

/** Often enough to be seen, seldom enough to read on. */
const SAY_AGAIN_MS = 5000;

/** Says of the same thing only now and then that it is away: each connection tries twice a second to come back. */
export function observeSparingly(clock: Clock, observe: Observe): Observe {
  const saidAt = new Map<string, number>();
  return (signal) => {
    if (signal.kind === "unavailable") {
      const now = clock.elapsed();
      if (now - (saidAt.get(signal.what) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN_MS) return;
      saidAt.set(signal.what, now);
    }
    observe(signal);
  };
}
