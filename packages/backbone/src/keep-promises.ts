import type { Clock } from "./clock.ts";
import type { Running } from "./event-bus.ts";
import type { Ledger } from "./ledger.ts";
import type { Log } from "./telemetry.ts";

const EVERY_MS = 30_000;
/** Rows of one ledger in one pass; the rest is the next pass's. */
const PAGE = 500;

/** The part of a ledger that tells what is owed, and keeps it. */
export type Indebted = Pick<Ledger<unknown>, "load" | "owing">;

/**
 * At start, and from then on every half minute, keeps what rows still owe after a crash between a row and its promises: loading a row
 * keeps them. One row that cannot be kept just now holds up no other.
 */
export function keepPromises(
  ledgers: readonly Indebted[],
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Running {
  let closing = false;
  let cancel = (): void => undefined;

  const attempt = async (run: () => Promise<unknown>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      log.warn("promises could not be kept; the next pass tries again", { error });
    }
  };
  const pass = async (ledger: Indebted): Promise<void> => {
    for (const id of await ledger.owing(PAGE)) {
      if (closing) return;
      await attempt(() => ledger.load(id));
    }
  };
  const tick = (): void => {
    running = (async () => {
      for (const ledger of ledgers) await attempt(() => pass(ledger));
      if (!closing) cancel = clock.after(EVERY_MS, tick);
    })();
  };
  let running: Promise<void> = Promise.resolve();
  tick();
  return {
    close: async () => {
      closing = true;
      cancel();
      await running;
    },
  };
}
