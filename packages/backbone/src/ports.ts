import type { Clock } from "./clock.ts";
import type { EventBus } from "./event-bus.ts";
import type { Records } from "./records.ts";
import type { WorkQueue } from "./work-queue.ts";

/** What every service stands on. Both ways to run construct one of these; nothing else differs between them. */
export interface Ports {
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly queue: WorkQueue;
  readonly records: Records;
}
