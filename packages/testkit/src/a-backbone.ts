import { createEmbeddedPorts, openEmbedded } from "@sallyport/backbone-embedded";
import type { EmbeddedPorts, EmbeddedStore } from "@sallyport/backbone-embedded";
import type { Clock, Observe } from "@sallyport/backbone";
import { createRandom } from "./seeded-random.ts";
import { createVirtualClock } from "./virtual-clock.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export interface TestBackbone {
  readonly clock: VirtualClock;
  readonly store: EmbeddedStore;
  readonly random: () => number;
  /** A process over it: the first, one more beside it, or the next one after `abandon`. */
  readonly incarnate: (options?: { readonly clock?: Clock; readonly observe?: Observe }) => EmbeddedPorts;
}

/** The shipped embedded adapters over a database in memory and a virtual clock: what tests and simulations stand on. */
export function aBackbone({ seed = 1 }: { readonly seed?: number } = {}): TestBackbone {
  const clock = createVirtualClock();
  const store = openEmbedded({ file: ":memory:" });
  const random = createRandom(seed);
  return { clock, store, random, incarnate: (options) => createEmbeddedPorts({ store, clock, random, ...options }) };
}
