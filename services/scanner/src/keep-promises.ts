import type { Clock, Ledger, Log, Running } from "@sallyport/backbone";

const EVERY_MS = 30_000;
const PAGE = 500;

/** At start, and from then on every half minute, keeps what rows still owe after a crash between a row and its promises. */
export function keepPromises({
  ledger,
  clock,
  log,
}: {
  readonly ledger: Pick<Ledger<unknown>, "owing" | "load">;
  readonly clock: Clock;
  readonly log: Log;
}): Running {
  let closing = false;
  let cancel = (): void => undefined;

  const pass = async (): Promise<void> => {
    try {
      for (const id of await ledger.owing(PAGE)) {
        if (closing) return;
        await ledger.load(id);
      }
    } catch (error) {
      log.warn("promises could not be kept; the next pass tries again", { error });
    }
  };
  const tick = (): void => {
    running = pass().then(() => {
      if (!closing) cancel = clock.after(EVERY_MS, tick);
    });
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
