import type { Clock, Entry, Ledger, Log, Metrics, Running } from "@sallyport/backbone";
import { instantOf, SallyportError } from "@sallyport/contracts";
import { CLAIM_MS } from "./claims.ts";

/** One ledger's rows, and what makes the world agree with one of them. */
export interface Reconciled {
  readonly name: string;
  readonly ledger: Pick<Ledger<unknown>, "load" | "owing" | "find">;
  /** Answers when it is done, or goes on by itself. */
  readonly settle: (id: string) => Promise<unknown>;
}

export interface ReconcileDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly everyMs: number;
  /** How many rows are settled at once. */
  readonly concurrency: number;
}

const PAGE = 500;
/** A little longer than a claim lasts that nobody renews: what a dead process held is looked after then, not a whole pass later. */
const HELD_AGAIN_MS = CLAIM_MS + 1000;
const BEGINNING = instantOf(0);

/**
 * The second of the four things that close a door: at start, and from then on every `everyMs`, every row whose time has come is
 * settled, and every promise that is owed is kept. It needs no queue and no timer to have survived (guarantees.md).
 */
export function createReconcile(
  { clock, log, metrics, everyMs, concurrency }: ReconcileDeps,
  all: readonly Reconciled[],
): Running & { readonly once: () => Promise<void> } {
  let closing = false;
  let isHeld = false;
  let cancel = (): void => undefined;
  let running: Promise<void> = Promise.resolve();

  async function pass({ name, ledger, settle }: Reconciled): Promise<void> {
    for (const id of await ledger.owing(PAGE)) await attempt(name, id, () => ledger.load(id));
    const due = await ledger.find("due", BEGINNING, clock.now(), PAGE);
    await eachOf(due, concurrency, ({ id }: Entry<unknown>) =>
      closing ? Promise.resolve() : attempt(name, id, () => settle(id)),
    );
    metrics.gauge("sallyport_reconcile_due", due.length, { rows: name });
  }

  /** One row's fault must not keep the others from being looked after. */
  async function attempt(name: string, id: string, run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
    } catch (error) {
      // Somebody is at it, or was when they died.
      if (error instanceof SallyportError && error.code === "backbone.lease-held") {
        isHeld = true;
        return;
      }
      metrics.count("sallyport_reconcile_faults_total", { rows: name });
      log.warn("reconcile could not settle a row; the next pass tries again", { rows: name, id, error });
    }
  }

  async function once(): Promise<void> {
    isHeld = false;
    for (const reconciled of all) {
      try {
        await pass(reconciled);
      } catch (error) {
        log.error("a reconcile pass failed", { rows: reconciled.name, error });
      }
    }
  }

  const tick = (): void => {
    running = once().then(() => {
      if (!closing) cancel = clock.after(isHeld ? Math.min(everyMs, HELD_AGAIN_MS) : everyMs, tick);
    });
  };
  tick();
  return {
    once,
    close: async () => {
      closing = true;
      cancel();
      await running;
    },
  };
}

async function eachOf<Item>(
  items: readonly Item[],
  concurrency: number,
  run: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
}
