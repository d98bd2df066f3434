import type { Clock, Observe } from "@sallyport/backbone";
import { createSparing } from "./sparing.ts";

/** Says of the same thing only now and then that it is away: each connection tries twice a second to come back. */
export function observeSparingly(clock: Clock, observe: Observe): Observe {
  const isTime = createSparing(clock);
  return (signal) => {
    if (signal.kind !== "unavailable" || isTime(signal.what)) observe(signal);
  };
}
