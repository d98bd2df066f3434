import type { Clock, Observe, Random, WorkQueue } from "@sallyport/backbone";
import { jobIdOf, laneOf, msOf } from "@sallyport/contracts";
import type { Job, Lane } from "@sallyport/contracts";
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { inRedis } from "../redis/redis-fault.ts";
import type { StoredJob } from "./hand-off.ts";
import { jobOptions } from "./job-options.ts";
import { createLaneWorker } from "./lane-worker.ts";
import type { LaneWorker } from "./lane-worker.ts";

export interface BullmqWorkQueueDeps {
  /** Fails at once while the server is away. Both connections belong to the caller, who closes them after this. */
  readonly commands: Redis;
  /** Waits for the server. */
  readonly workers: Redis;
  readonly clock: Clock;
  readonly random?: Random;
  readonly observe?: Observe;
  /** Set before every key, between braces, as a Redis Cluster needs it. */
  readonly prefix?: string;
  /** When a job that was handed over at once comes due if this process dies. */
  readonly leaseMs?: number;
}

export interface BullmqWorkQueue extends WorkQueue {
  /** Whether what is due is being taken, in every lane that is worked here: not merely whether Redis answers. */
  readonly moving: () => boolean;
  /** `false` when only a new process helps. */
  readonly alive: () => boolean;
  /** As a kill would: what runs is not heard of again, and comes again. */
  readonly abandon: () => Promise<void>;
}

/** The queue over BullMQ. Throws `backbone.unavailable` quickly while Redis is away; workers go on within a second of its return. */
export function createBullmqWorkQueue({
  commands,
  workers: workersRedis,
  clock,
  random = Math.random,
  observe = () => {},
  prefix: name = "sallyport",
  leaseMs = 10_000,
}: BullmqWorkQueueDeps): BullmqWorkQueue {
  const prefix = `{${name}}`;
  const queues = new Map<Lane, Queue>();
  const workers = new Set<LaneWorker>();

  const queueOf = async (lane: Lane) => {
    const known = queues.get(lane);
    if (known !== undefined) return known;
    const queue = new Queue(lane, { connection: commands, prefix, defaultJobOptions: jobOptions });
    queue.on("error", (fault) => observe({ kind: "unavailable", what: `the queue of ${lane}`, fault }));
    try {
      await queue.waitUntilReady();
    } catch (fault) {
      await queue.close();
      throw fault;
    }
    const first = queues.get(lane) ?? queue;
    queues.set(lane, first);
    return first;
  };
  const reserveIn = (lane: Lane) => {
    for (const worker of workers) {
      const slot = worker.lane === lane ? worker.reserve() : undefined;
      if (slot !== undefined) return { worker, slot };
    }
    return undefined;
  };

  /** `dueMs` is an instant (epoch milliseconds): connecting the queue may have taken a while, which must not make the job later. */
  const store = async (queue: Queue, job: Job, id: string, dueMs: number) => {
    const timestamp = msOf(clock.now());
    // Asked in the same breath, so that the answer is of before: an id that exists is ignored in silence (bullmq.md B2).
    const existed = commands.exists(queue.toKey(id));
    const [before, stored] = await Promise.all([
      existed,
      queue.add(job.name, job.data, { jobId: id, delay: Math.max(0, dueMs - timestamp), timestamp }),
    ]);
    return { isNew: before === 0, stored };
  };

  const put: WorkQueue["put"] = async (job, due) => {
    const id = jobIdOf(job, due);
    const lane = laneOf(job);
    const here = due <= clock.now() ? reserveIn(lane) : undefined;
    try {
      await inRedis(`putting a job into ${lane}`, async () => {
        const queue = await queueOf(lane);
        if (here === undefined) return void (await store(queue, job, id, msOf(due)));
        const { isNew, stored } = await store(queue, job, id, msOf(clock.now()) + leaseMs);
        if (!isNew) return here.slot.free();
        const promise: StoredJob = {
          id,
          dueIn: (ms) => stored.changeDelay(ms),
          remove: async () => {
            await queue.remove(id);
          },
        };
        here.worker.startHere(job, promise, here.slot);
      });
    } catch (fault) {
      here?.slot.free();
      throw fault;
    }
  };

  return {
    put,
    work: async (lane, run, { concurrency }) => {
      const worker = await inRedis(`working ${lane}`, () =>
        createLaneWorker(
          { workers: workersRedis, commands, prefix, clock, random, observe, leaseMs },
          { lane, run, concurrency },
        ),
      );
      workers.add(worker);
      return {
        close: async () => {
          workers.delete(worker);
          await worker.close();
        },
      };
    },
    waiting: (lane) =>
      inRedis(`counting ${lane}`, async () =>
        (await queueOf(lane)).getJobCountByTypes("waiting", "active", "delayed", "prioritized"),
      ),
    moving: () => [...workers].every((worker) => worker.moving()),
    alive: () => [...workers].every((worker) => worker.alive()),
    close: async () => {
      await Promise.all([...workers].map((worker) => worker.close()));
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
    abandon: async () => {
      await Promise.all([...workers].map((worker) => worker.abandon()));
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}
