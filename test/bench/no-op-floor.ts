import { randomUUID } from "node:crypto";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";

/** The least lateness of a timer on this Redis: BullMQ jobs that do nothing. */
export interface NoOps {
  /** To be done at that instant (epoch milliseconds); resolves with how late it was. */
  readonly at: (dueMs: number) => Promise<number>;
  readonly close: () => Promise<void>;
}

export async function createNoOps(redisUrl: string): Promise<NoOps> {
  const name = `bench-${randomUUID().slice(0, 8)}`;
  const [commands, blocking] = [new Redis(redisUrl), new Redis(redisUrl, { maxRetriesPerRequest: null })];
  const queue = new Queue(name, { connection: commands, defaultJobOptions: { removeOnComplete: true } });
  await queue.waitUntilReady();
  const done = new Map<string, (lateMs: number) => void>();
  const worker = new Worker<{ readonly dueMs: number }>(
    name,
    ({ id = "", data: { dueMs } }) => {
      done.get(id)?.(Date.now() - dueMs);
      done.delete(id);
      return Promise.resolve();
    },
    { connection: blocking, concurrency: 100, lockDuration: 5000, stalledInterval: 2000, drainDelay: 1 },
  );
  await worker.waitUntilReady();
  return {
    at: (dueMs) =>
      new Promise<number>((resolve, reject) => {
        const id = randomUUID();
        done.set(id, resolve);
        queue.add("no-op", { dueMs }, { jobId: id, delay: Math.max(0, dueMs - Date.now()) }).catch(reject);
      }),
    close: async () => {
      await worker.close();
      await queue.close();
      commands.disconnect();
      blocking.disconnect();
    },
  };
}
