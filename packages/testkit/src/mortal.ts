import type { Clock, Gate, GateCall } from "@sallyport/backbone";

/** One incarnation of a process that may die at any passage of its gate. */
export interface Mortal {
  /** Give it to `through` or `portsThrough`. */
  readonly gate: Gate;
  /** The clock as this incarnation sees it: what a dead one armed never runs. */
  readonly clock: Clock;
  readonly die: () => void;
  readonly isDead: () => boolean;
  /** How many passages there were. */
  readonly passages: () => number;
  /** The passage at which it died, if it did so by itself. */
  readonly diedAt: () => GateCall | undefined;
}

export interface MortalOptions {
  readonly clock: Clock;
  /** Dies at this passage, counted from 1. */
  readonly dieAt?: number | undefined;
  /** What a kill ends besides the calls: the `abandon` of the ports below. */
  readonly onDeath?: () => void;
  /** What else happens to the calls of a process that lives. */
  readonly faults?: Gate;
}

const never = (): Promise<never> => new Promise(() => {});

/**
 * A crash as it is for a process: the call at which it dies never settles, and neither does any other call of that incarnation, so
 * nothing runs its `catch` or `finally`. The world goes on.
 */
export function createMortal({ clock, dieAt, onDeath = () => {}, faults = () => {} }: MortalOptions): Mortal {
  let dead = false;
  let passages = 0;
  let diedAt: GateCall | undefined;

  const die = () => {
    if (dead) return;
    dead = true;
    onDeath();
  };
  const unlessDead = (run: () => void) => () => {
    if (!dead) run();
  };

  return {
    gate: async (call) => {
      if (dead) return never();
      passages++;
      if (passages === dieAt) {
        diedAt = call;
        die();
        return never();
      }
      try {
        const answer = await faults(call);
        return dead ? never() : answer;
      } catch (fault) {
        if (dead) return never();
        throw fault;
      }
    },
    clock: {
      now: clock.now,
      elapsed: clock.elapsed,
      at: (due, run) => clock.at(due, unlessDead(run)),
      after: (ms, run) => clock.after(ms, unlessDead(run)),
    },
    die,
    isDead: () => dead,
    passages: () => passages,
    diedAt: () => diedAt,
  };
}

export interface CrashRun<Ending> {
  readonly dieAt: number;
  /** `undefined` in the last run, which was over before it came that far. */
  readonly diedAt: GateCall | undefined;
  readonly ending: Ending;
}

const MOST_RUNS = 100_000;

/**
 * Tells a story once for every passage at which its first incarnation can die, and once in full. The story creates its `Mortal` with
 * `dieAt`, lets a new incarnation go on when it died, and answers where it died and how things stand in the end.
 */
export async function crashAtEvery<Ending>(
  story: (dieAt: number) => Promise<{ readonly diedAt: GateCall | undefined; readonly ending: Ending }>,
): Promise<{ readonly total: number; readonly runs: readonly CrashRun<Ending>[] }> {
  const runs: CrashRun<Ending>[] = [];
  for (let dieAt = 1; dieAt <= MOST_RUNS; dieAt++) {
    const run = { dieAt, ...(await story(dieAt)) };
    runs.push(run);
    if (run.diedAt === undefined) return { total: dieAt - 1, runs };
  }
  throw new Error(`the story has more than ${MOST_RUNS} passages`);
}

/** The passage in words, for the story of a failing run. */
export const describeCall = ({ port, fn, phase }: GateCall): string => `${phase} ${port}.${fn}`;
