import { backoffMs, wait } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import type { RunningProcess } from "@sallyport/launcher";

/** A process that is started again whenever it ends, until it is stopped. */
export interface Supervised {
  readonly name: string;
  /** Of the present life. */
  readonly pid: number;
  /** `kill -9`. It comes back by itself, unless it is held. */
  readonly kill: () => void;
  /** SIGSTOP and SIGCONT. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** From now on it stays down once it has ended, until `release`. */
  readonly hold: () => void;
  readonly release: () => void;
  /** Resolves once it is up: at once, or when it has come back. */
  readonly up: () => Promise<void>;
  /** Ends it for good. */
  readonly stop: () => Promise<void>;
}

/** How long `stop` waits for a start that is under way; what it starts ends with this process. */
const PATIENCE_MS = 5_000;
/** One that has been up for this long has recovered: its next end is a first one again. */
const STABLE_MS = 10_000;

interface Gate {
  readonly opened: Promise<void>;
  readonly isOpen: () => boolean;
  readonly open: () => void;
}
function closedGate(): Gate {
  let isOpen = false;
  let resolveIt = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    resolveIt = resolve;
  });
  return {
    opened,
    isOpen: () => isOpen,
    open: () => {
      isOpen = true;
      resolveIt();
    },
  };
}
function openGate(): Gate {
  const gate = closedGate();
  gate.open();
  return gate;
}

/** Starts the process again when it has ended: soon at first, then with growing pauses, for ever. Says so. */
export function supervise(
  child: RunningProcess,
  { clock, say }: { readonly clock: Clock; readonly say: (line: string) => void },
): Supervised {
  let stopping = false;
  let isUp = openGate();
  let mayStart = openGate();
  let attempt: Promise<void> = Promise.resolve();

  const markDown = (): void => {
    if (isUp.isOpen()) isUp = closedGate();
  };
  const startAgain = async (pauseMs: number): Promise<void> => {
    await wait(clock, pauseMs);
    await mayStart.opened;
    if (stopping) return;
    try {
      await child.restart();
      isUp.open();
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  };
  const watch = async (): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      const since = clock.elapsed();
      await child.exited;
      if (stopping) return;
      if (clock.elapsed() - since > STABLE_MS) tries = 1;
      const pauseMs = backoffMs(tries, Math.random);
      say(`${child.name}: has ended; it is started again in ${pauseMs} ms`);
      markDown();
      attempt = startAgain(pauseMs);
      await attempt;
    }
  };
  void watch();

  return {
    name: child.name,
    get pid() {
      return child.pid;
    },
    kill: () => {
      markDown();
      child.kill();
    },
    pause: child.pause,
    resume: child.resume,
    hold: () => {
      mayStart = closedGate();
    },
    release: () => mayStart.open(),
    up: () => isUp.opened,
    stop: async () => {
      stopping = true;
      mayStart.open();
      const patience = closedGate();
      const cancel = clock.after(PATIENCE_MS, patience.open);
      await Promise.race([attempt, patience.opened]);
      cancel();
      await child.stop();
    },
  };
}
