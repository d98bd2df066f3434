import type { Clock, Ledger, Log, Running } from "@sallyport/backbone";

const EVERY_MS = 30_000;
const AT_ONCE = 200;

/** Keeps, at start and every 30 s, what a process that died still owed: a policy or a request that was accepted is published. */
export function keepPromises(
  ledgers: readonly Pick<Ledger<unknown>, "load" | "owing">[],
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Running {
  let closed = false;
  let cancel = () => {};
  const round = async () => {
    for (const ledger of ledgers)
      for (const id of await ledger.owing(AT_ONCE)) {
        if (closed) return;
        await ledger.load(id);
      }
  };
  const run = (): Promise<void> =>
    round()
      .catch((error: unknown) => log.warn("promises could not be kept for the moment", { error }))
      .then(() => {
        if (closed) return;
        cancel = clock.after(EVERY_MS, () => {
          running = run();
        });
      });
  let running = run();
  return {
    close: async () => {
      closed = true;
      cancel();
      await running;
    },
  };
}
