import type { Cancel, Clock, Observe, Random } from "@sallyport/backbone";
import { msOf, readJob } from "@sallyport/contracts";
import type { Job, Lane } from "@sallyport/contracts";
import { UnrecoverableError, WaitingError, Worker } from "bullmq";
import type { Job as StoredBullJob } from "bullmq";
import type { Redis } from "ioredis";
import { handOff } from "./hand-off.ts";
import type { HandOff, StoredJob } from "./hand-off.ts";
import { comesBackMs, workerOptions } from "./job-options.ts";
import { createSlots } from "./slots.ts";
import type { Slot } from "./slots.ts";

const LOOK_EVERY_MS = 1000;
/** A job this late, with a slot free and nothing starting, means that the worker is stuck (bullmq.md §9, §10). */
const LATE_MS = 2000;
/** After so many workers that did not help, only a new process does. */
const MOST_WORKERS = 4;
/** BullMQ's scores are milliseconds, shifted by the bits of a tie-breaker. */
const SCORES_PER_MS = 4096;

export interface LaneDeps {
  /** For workers, which wait for the server. */
  readonly workers: Redis;
  /** For questions, which fail at once. */
  readonly commands: Redis;
  readonly prefix: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: Observe;
  readonly leaseMs: number;
}

export interface LaneOf {
  readonly lane: Lane;
  readonly run: (job: Job) => Promise<void>;
  readonly concurrency: number;
}

export interface LaneWorker {
  readonly lane: Lane;
  /** A free slot for a job that is about to be stored. */
  readonly reserve: () => Slot | undefined;
  readonly startHere: (job: Job, stored: StoredJob, slot: Slot) => void;
  /** Whether what is due is being taken. */
  readonly moving: () => boolean;
  /** `false` when new workers did not help. */
  readonly alive: () => boolean;
  /** Waits for the jobs that run, and starts nothing new. */
  readonly close: () => Promise<void>;
  /** As a kill would: what runs is not heard of again, and is taken over. */
  readonly abandon: () => Promise<void>;
}

/** Works one lane; resolves once its worker has its connections. */
export async function createLaneWorker(
  { workers, commands, prefix, clock, random, observe, leaseMs }: LaneDeps,
  { lane, run, concurrency }: LaneOf,
): Promise<LaneWorker> {
  const slots = createSlots(concurrency);
  const handedOff = new Set<HandOff>();
  let startedAt = clock.elapsed();
  let stuck = 0;
  let ended = false;
  let abandoned = false;
  let cancelLook: Cancel = () => {};

  const started = () => {
    startedAt = clock.elapsed();
    stuck = 0;
  };

  const work = async (stored: StoredBullJob, token?: string): Promise<void> => {
    const job = readJob(stored.name, stored.data);
    if (job === undefined) {
      const reason = `not a job of this version: ${stored.name}`;
      observe({ kind: "dead-letter", group: lane, topic: lane, key: stored.id ?? "", reason });
      throw new UnrecoverableError(reason);
    }
    const slot = await slots.take();
    if (slot === undefined) {
      await stored.moveToWait(token);
      throw new WaitingError();
    }
    started();
    try {
      await run(job);
    } finally {
      slot.free();
    }
  };

  const newWorker = () => {
    const made = new Worker(lane, work, {
      ...workerOptions,
      connection: workers,
      prefix,
      concurrency,
      settings: {
        backoffStrategy: (tries, _type, fault, stored) => {
          const waitMs = comesBackMs(tries, fault, random);
          if (!abandoned) observe({ kind: "job-failed", lane, id: stored?.id ?? "", tries, waitMs, fault });
          return waitMs;
        },
      },
    });
    made.on("error", (fault) => {
      if (!ended) observe({ kind: "unavailable", what: `the worker of ${lane}`, fault });
    });
    made.on("lockRenewalFailed", (ids) => {
      for (const id of ids) observe({ kind: "lease-lost", lane, id });
    });
    return made;
  };
  let worker = newWorker();

  const isLate = async () => {
    if (!slots.hasFree() || clock.elapsed() - startedAt < LATE_MS) return false;
    const [, score] = await commands.zrange(worker.toKey("delayed"), 0, "0", "WITHSCORES");
    return score !== undefined && Number(score) / SCORES_PER_MS < msOf(clock.now()) - LATE_MS;
  };
  const look = async () => {
    if (!(await isLate().catch(() => false)) || ended) return;
    stuck++;
    observe({ kind: "unavailable", what: `the worker of ${lane}`, fault: new Error("what is due does not start") });
    // The first look may have met a worker that is just coming back.
    if (stuck < 2) return;
    const old = worker;
    worker = newWorker();
    void old.close(true).catch(() => {});
  };
  const watch = () => {
    cancelLook = clock.after(LOOK_EVERY_MS, () => {
      void look().finally(() => {
        if (!ended) watch();
      });
    });
  };

  await worker.waitUntilReady();
  watch();

  const end = () => {
    ended = true;
    cancelLook();
  };
  return {
    lane,
    reserve: () => slots.takeFree(),
    startHere: (job, stored, slot) => {
      started();
      const one = handOff({ clock, random, observe, leaseMs }, { lane, job, stored, run });
      handedOff.add(one);
      void one.finished.then(() => {
        handedOff.delete(one);
        slot.free();
      });
    },
    moving: () => stuck === 0,
    alive: () => stuck <= MOST_WORKERS,
    close: async () => {
      end();
      await Promise.all([slots.close(), worker.close()]);
    },
    abandon: async () => {
      abandoned = true;
      end();
      for (const one of handedOff) one.abandon();
      await worker.close(true).catch(() => {});
    },
  };
}
