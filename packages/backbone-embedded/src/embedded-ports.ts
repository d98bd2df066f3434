import type { Clock, Observe, Ports, Random } from "@sallyport/backbone";
import { openEmbedded } from "./embedded-store.ts";
import type { EmbeddedOptions, EmbeddedStore } from "./embedded-store.ts";
import { createSqliteEventBus } from "./sqlite-event-bus.ts";
import { createSqliteRecords } from "./sqlite-records.ts";
import { createSqliteWorkQueue } from "./sqlite-work-queue.ts";

interface EmbeddedPortsDeps {
  readonly clock: Clock;
  readonly random?: Random;
  readonly observe?: Observe;
  /** How long messages are kept; see `createSqliteEventBus`. */
  readonly retentionMs?: number;
  /** After how long without a sign of life a job is taken over; see `createSqliteWorkQueue`. */
  readonly leaseMs?: number;
}

/** One incarnation of a process over an open store. */
export interface EmbeddedPorts {
  readonly ports: Ports;
  readonly store: EmbeddedStore;
  /** Waits for what is running; closes the store only if this opened it. */
  readonly close: () => Promise<void>;
  /** Ends the incarnation as a kill would: none of its calls answers any more, none of its handlers is heard of again. */
  readonly abandon: () => void;
}

/**
 * The ports of the embedded way to run. Over a `store` that is open already they are one more incarnation: a simulated crash is
 * `abandon`, and then this again over the same store.
 */
export function createEmbeddedPorts({
  clock,
  ...options
}: EmbeddedPortsDeps & (EmbeddedOptions | { readonly store: EmbeddedStore })): EmbeddedPorts {
  const store = "store" in options ? options.store : openEmbedded(options);
  const bus = createSqliteEventBus(store, { clock, ...options });
  const queue = createSqliteWorkQueue(store, { clock, ...options });
  const records = createSqliteRecords(store, { clock });
  return {
    ports: { clock, bus, queue, records },
    store,
    close: async () => {
      await Promise.all([queue.close(), bus.close()]);
      await records.close();
      if (!("store" in options)) store.close();
    },
    abandon: () => {
      for (const port of [bus, queue, records]) port.abandon();
    },
  };
}
