import type { Log, Running } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";

export interface RunOptions {
  readonly log: Log;
  /** Constructs everything and starts it; what it returns is closed, in order, when the process is asked to stop. */
  readonly start: () => Promise<readonly Running[]>;
  /** How long a graceful stop may take before the process ends anyway. */
  readonly stopWithinMs?: number;
}

/**
 * Runs a service until SIGTERM or SIGINT, then stops it gracefully: nothing new is started, what runs is finished, then the process
 * ends. A fault at start, or one that nobody handled, ends it with status 1: the supervisor starts it anew.
 */
export async function runService({ log, start, stopWithinMs = 10_000 }: RunOptions): Promise<void> {
  const die = (what: string) => (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    log.error(what, error instanceof SallyportError ? { code: error.code, detail: message } : { error });
    process.exit(1);
  };
  process.on("uncaughtException", die("an error that nobody handled"));
  process.on("unhandledRejection", die("a rejection that nobody handled"));

  let running: readonly Running[] = [];
  try {
    running = await start();
  } catch (error) {
    die("could not start")(error);
  }
  log.info("started");

  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return process.exit(1);
    stopping = true;
    log.info("stopping", { signal });
    const deadline = AbortSignal.timeout(stopWithinMs);
    deadline.addEventListener("abort", () =>
      die("did not stop in time")(new Error(`still running after ${stopWithinMs} ms`)),
    );
    closeAll(running).then(() => process.exit(0), die("stopping failed"));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

/** Closes one after the other, in the order given; the first failure is reported after all were tried. */
export async function closeAll(running: readonly Running[]): Promise<void> {
  let failure: unknown;
  for (const one of running) {
    try {
      await one.close();
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
}
