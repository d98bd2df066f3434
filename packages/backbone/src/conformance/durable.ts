import type { Instant } from "@sallyport/contracts";

/**
 * What a suite asks of an adapter: a port over the same durable state as the last time, and time that goes by. So crash and time
 * are ordinary cases. Each `create` begins with an empty state that no other test touches.
 */
export interface Durable<Port> {
  /** A port over the same durable state. Several may be open at once, as several processes would be. */
  readonly open: () => Promise<Port>;
  /** Lets that much time go by: on a virtual clock, or really. */
  readonly pass: (ms: number) => Promise<void>;
  /** The time that the adapter goes by. */
  readonly now: () => Instant;
  /** Whether that time is virtual: then it goes by exactly, and how long something takes is a fact, not a matter of the machine. */
  readonly isVirtual: boolean;
  /**
   * Ends everything opened so far as a kill would. From then on none of it changes durable state or takes work, and running
   * handlers are not heard of again: an adapter in the same process must be fenced, not closed.
   */
  readonly crash: () => Promise<void>;
  /** After the test: takes everything away, whatever is still running. */
  readonly destroy: () => Promise<void>;
}

/** How often a suite looks whether something has happened. */
const STEP_MS = 25;
/** After how long a suite gives up. No guarantee: much longer than anything takes on a machine that is busy with other things. */
const PATIENCE_MS = 120_000;

/**
 * Lets time go by until `holds`; `what` completes "it did not happen that …". At most `withinMs` where time is virtual; where it is
 * real, nothing is said of how long it takes.
 */
export async function eventually(
  { pass, isVirtual }: Pick<Durable<unknown>, "pass" | "isVirtual">,
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<void> {
  const patienceMs = isVirtual ? withinMs : PATIENCE_MS;
  for (let passed = 0; passed <= patienceMs; passed += STEP_MS) {
    if (await holds()) return;
    await pass(STEP_MS);
  }
  throw new Error(`within ${patienceMs} ms it did not happen that ${what}`);
}

/** A promise and its key. */
export function createLatch(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Waits for `promise` while time goes by. */
export async function settled<Result>(
  durable: Pick<Durable<unknown>, "pass" | "isVirtual">,
  promise: Promise<Result>,
): Promise<Result> {
  let done = false;
  const watched = promise.finally(() => {
    done = true;
  });
  watched.catch(() => {});
  await eventually(durable, "a promise settled", () => done);
  return watched;
}
