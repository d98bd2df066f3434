import { wait } from "@sallyport/backbone";
import type { Clock, Observe, Random } from "@sallyport/backbone";
import { readJob } from "@sallyport/contracts";
import type { Job, Lane } from "@sallyport/contracts";
import { UnrecoverableError, WaitingError, Worker } from "bullmq";
import type { Job as StoredBullJob } from "bullmq";
import type { Redis } from "ioredis";
import { handOff } from "./hand-off.ts";
import type { HandOff, StoredJob } from "./hand-off.ts";
import { comesBackMs, workerOptions } from "./job-options.ts";
import { createSlots } from "./slots.ts";
import type { Slot } from "./slots.ts";
import { watchLane } from "./watch-lane.ts";

/** How long a worker may take to say good-bye. */
const PATIENCE_MS = 2000;
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
  let ended = false;
  let abandoned = false;

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
    watch.started();
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

  const watch = watchLane({
    clock,
    hasFreeSlot: slots.hasFree,
    oldestDueMs: async () => {
      const [, score] = await commands.zrange(worker.toKey("delayed"), 0, "0", "WITHSCORES");
      return score === undefined ? undefined : Number(score) / SCORES_PER_MS;
    },
    renew: () => {
      observe({ kind: "unavailable", what: `the worker of ${lane}`, fault: new Error("what is due does not start") });
      const old = worker;
      worker = newWorker();
      void old.close(true).catch(() => {});
    },
  });

  const end = () => {
    ended = true;
    watch.end();
  };
  await worker.waitUntilReady();
  return {
    lane,
    reserve: () => slots.takeFree(),
    startHere: (job, stored, slot) => {
      watch.started();
      const one = handOff({ clock, random, observe, leaseMs }, { lane, job, stored, run });
      handedOff.add(one);
      void one.finished.then(() => {
        handedOff.delete(one);
        slot.free();
      });
    },
    moving: watch.moving,
    alive: watch.alive,
    close: async () => {
      end();
      const closed = worker.close();
      await slots.close();
      // What ran is over; the rest waits for a server that may not answer, and ends with its connection.
      await Promise.race([closed, wait(clock, PATIENCE_MS)]);
    },
    abandon: async () => {
      abandoned = true;
      end();
      for (const one of handedOff) one.abandon();
      await worker.close(true).catch(() => {});
    },
  };
}
