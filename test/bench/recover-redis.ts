import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createSystemClock } from "@sallyport/backbone";
import { connectRedis, createBullmqWorkQueue } from "@sallyport/backbone-cluster";
import { lane, plusMs } from "@sallyport/contracts";
import { startRedis } from "@sallyport/launcher";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import type { Recovery } from "./recovery.ts";
import { burstJob } from "./bench-burst.ts";

/** Becomes due while Redis is away. */
const DUE_IN_MS = 3000;

/** From the moment at which Redis accepts connections again until a job runs that came due while it was away. */
export async function recoverRedis(outageMs: number): Promise<Recovery> {
  const server = await startRedis({ log: () => {} });
  const clock = createSystemClock();
  const redis = await connectRedis({ url: server.url, clock, observe: () => {} });
  const queue = createBullmqWorkQueue({ ...redis, clock });
  const ours = new Promise<number>((resolve) => {
    void queue.work(lane("RevokeGrant", "azure"), async () => resolve(performance.now()), { concurrency: 100 });
  });
  await queue.put(burstJob(1), plusMs(clock.now(), DUE_IN_MS));

  const { hostname: host, port } = new URL(server.url);
  const connection = { host, port: Number(port) };
  const name = `stock-${randomUUID().slice(0, 8)}`;
  const [stockQueue, worker] = [new Queue(name, { connection }), { made: undefined as Worker | undefined }];
  stockQueue.on("error", () => {});
  const stock = new Promise<number>((resolve) => {
    worker.made = new Worker(name, async () => resolve(performance.now()), { connection, concurrency: 100 });
    worker.made.on("error", () => {});
  });
  await stockQueue.add("job", {}, { delay: DUE_IN_MS });

  server.kill();
  await server.exited;
  const probe = new Redis(server.url, { retryStrategy: () => 2, maxRetriesPerRequest: null });
  probe.on("error", () => {});
  await sleep(outageMs);
  const up = new Promise<number>((resolve) => {
    probe.once("ready", () => resolve(performance.now()));
  });
  await server.restart();
  const [upAt, oursAt, stockAt] = await Promise.all([up, ours, stock]);

  await queue.close();
  await redis.close();
  await worker.made?.close(true);
  await stockQueue.close();
  probe.disconnect();
  await server.stop();
  return { ours: Math.max(1, oursAt - upAt), floor: Math.max(1, stockAt - upAt) };
}
