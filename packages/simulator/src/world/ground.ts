import type { Clock } from "@sallyport/backbone";
import type { Instant } from "@sallyport/contracts";
import type { Faults } from "./faults.ts";
import type { Write } from "./history.ts";
import type { OutsiderEdit, Outsiders } from "./outsiders.ts";

/** What both clouds stand on: time, trouble, neighbours, memory. */
export interface Ground {
  readonly clock: Clock;
  /** A fresh UUID; seeded in simulation. */
  readonly newId: () => string;
  readonly faults: Faults;
  readonly outsiders: Outsiders;
  /** Carries out a neighbour's edit, in whichever cloud it is. */
  readonly outsider: (edit: OutsiderEdit) => Promise<{ readonly status: number; readonly body: string }>;
  /** Remembers a write, refused or accepted, and gives it its number. */
  readonly record: (write: Omit<Write, "seq">) => Write;
  /** Says that what packets meet has changed at `at`, by this write: judges watched packets and connections anew. */
  readonly changed: (at: Instant, write: Write | undefined) => void;
  /** Resolves when the world as it is now would survive the loss of the process. To be awaited before a write is answered. */
  readonly save: () => Promise<void>;
}
