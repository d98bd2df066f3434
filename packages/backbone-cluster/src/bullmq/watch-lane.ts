import type { Cancel, Clock } from "@sallyport/backbone";
import { msOf } from "@sallyport/contracts";

const LOOK_EVERY_MS = 1000;
/** A job this late, with a slot free and nothing starting, means that the worker is stuck (bullmq.md §9, §10). */
const LATE_MS = 2000;
/** Until a worker is taken for stuck, so that one that is just coming back is left alone. */
const LOOKS = 2;
/** After so many looks, and a new worker at every second one, only a new process helps. */
const MOST_LOOKS = 10;

export interface LaneWatch {
  /** A job has started. */
  readonly started: () => void;
  /** Whether what is due is being taken. */
  readonly moving: () => boolean;
  /** `false` when new workers did not help. */
  readonly alive: () => boolean;
  readonly end: () => void;
}

export interface LaneWatchDeps {
  readonly clock: Clock;
  readonly hasFreeSlot: () => boolean;
  /** When the first job that waits for its time is due, in epoch milliseconds. */
  readonly oldestDueMs: () => Promise<number | undefined>;
  /** Puts a new worker in the place of the one that is stuck. */
  readonly renew: () => void;
}

/** Watches whether jobs move: not whether Redis answers, which a worker that is stuck does not change (bullmq.md B5). */
export function watchLane({ clock, hasFreeSlot, oldestDueMs, renew }: LaneWatchDeps): LaneWatch {
  let startedAt = clock.elapsed();
  let stuck = 0;
  let ended = false;
  let cancel: Cancel = () => {};

  const isStuck = async () => {
    if (!hasFreeSlot() || clock.elapsed() - startedAt < LATE_MS) return false;
    const due = await oldestDueMs();
    return due !== undefined && due < msOf(clock.now()) - LATE_MS && clock.elapsed() - startedAt >= LATE_MS;
  };
  const look = async () => {
    // While Redis does not answer, nothing is known of the worker.
    stuck = (await isStuck().catch(() => false)) ? stuck + 1 : 0;
    if (stuck > 0 && stuck % LOOKS === 0 && !ended) renew();
  };
  const arm = () => {
    cancel = clock.after(LOOK_EVERY_MS, () => {
      void look().finally(() => {
        if (!ended) arm();
      });
    });
  };
  arm();
  return {
    started: () => {
      startedAt = clock.elapsed();
      stuck = 0;
    },
    moving: () => stuck < LOOKS,
    alive: () => stuck < MOST_LOOKS,
    end: () => {
      ended = true;
      cancel();
    },
  };
}
