import type { Clock, Observe, Random, Running, WorkQueue } from "@sallyport/backbone";
import { jobIdOf, laneOf, msOf } from "@sallyport/contracts";
import type { Job, Lane } from "@sallyport/contracts";
import type { EmbeddedStore } from "./embedded-store.ts";
import { createLaneWorker, laneChannel } from "./lane-worker.ts";
import type { LaneWorker, Slot } from "./lane-worker.ts";
import { never } from "./never.ts";
import { numberIn } from "./sql.ts";

export interface SqliteWorkQueueDeps {
  readonly clock: Clock;
  readonly random?: Random;
  readonly observe?: Observe;
  /** After how long without a sign of life another worker takes a job over. */
  readonly leaseMs?: number;
}

export interface SqliteWorkQueue extends WorkQueue {
  /** As a kill would: what runs is never heard of again, and what was asked for never answers. */
  readonly abandon: () => void;
}

export function createSqliteWorkQueue(
  store: EmbeddedStore,
  { clock, random = Math.random, observe = () => {}, leaseMs = 30_000 }: SqliteWorkQueueDeps,
): SqliteWorkQueue {
  const workers = new Map<Lane, Set<LaneWorker>>();
  let abandoned = false;

  const workersOf = (lane: Lane) => [...(workers.get(lane) ?? [])];
  const freeSlotIn = (lane: Lane): Slot | undefined => {
    for (const worker of workersOf(lane)) {
      const slot = worker.reserve();
      if (slot !== undefined) return slot;
    }
    return undefined;
  };

  const storeJob = (job: Job, id: string, wanted: number, due: number, held: boolean) =>
    store.write((sql) =>
      sql.run(
        "INSERT INTO jobs (id, lane, name, data, wanted, due, held, claims, tries) VALUES (?, ?, ?, ?, ?, ?, ?, 1, 0) ON CONFLICT DO NOTHING",
        [id, laneOf(job), job.name, JSON.stringify(job.data), wanted, due, held ? 1 : 0],
      ),
    );

  /** The hand-off: stored as held by this process until the end of a lease, and started as soon as that is durable. */
  const handOver = async (job: Job, id: string, wanted: number, slot: Slot) => {
    let stored: number;
    try {
      stored = await storeJob(job, id, wanted, msOf(clock.now()) + leaseMs, true);
    } catch (fault) {
      slot.free();
      throw fault;
    }
    if (stored === 0) slot.free();
    else slot.start({ id, name: job.name, data: JSON.stringify(job.data), claims: 1, tries: 0 });
  };

  return {
    put: async (job, due) => {
      if (abandoned) return never();
      const id = jobIdOf(job, due);
      const lane = laneOf(job);
      const slot = due <= clock.now() ? freeSlotIn(lane) : undefined;
      if (slot === undefined) await storeJob(job, id, msOf(due), msOf(due), false);
      else await handOver(job, id, msOf(due), slot);
      store.wakeUps.raise(laneChannel(lane));
      return abandoned ? never() : undefined;
    },

    work: async (lane, run, { concurrency }): Promise<Running> => {
      if (abandoned) return never();
      const worker = createLaneWorker({ store, clock, random, observe, leaseMs }, { lane, run, concurrency });
      const unlisten = store.wakeUps.listen(laneChannel(lane), worker.wake);
      const ended = () => {
        unlisten();
        workers.get(lane)?.delete(entry);
      };
      const entry: LaneWorker = {
        ...worker,
        close: async () => {
          ended();
          await worker.close();
        },
        abandon: () => {
          ended();
          worker.abandon();
        },
      };
      workers.set(lane, (workers.get(lane) ?? new Set()).add(entry));
      worker.wake();
      return { close: entry.close };
    },

    waiting: async (lane) => {
      if (abandoned) return never();
      return numberIn(store.read.first("SELECT count(*) AS n FROM jobs WHERE lane = ?", [lane]) ?? { n: 0 }, "n");
    },

    close: async () => {
      if (abandoned) return never();
      await Promise.all([...workers.keys()].flatMap(workersOf).map(({ close }) => close()));
    },

    abandon: () => {
      abandoned = true;
      for (const worker of [...workers.keys()].flatMap(workersOf)) worker.abandon();
    },
  };
}
