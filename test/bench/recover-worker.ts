import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createSystemClock } from "@sallyport/backbone";
import { connectRedis, createBullmqWorkQueue } from "@sallyport/backbone-cluster";
import { lane } from "@sallyport/contracts";
import { startProcess, startRedis } from "@sallyport/launcher";
import { Queue, Worker } from "bullmq";
import { burstJob } from "./bench-burst.ts";
import type { Recovery } from "./recovery.ts";

const STOCK = "stock";
/** It has its job for so long when it is killed. */
const INTO_IT_MS = 1000;

/** From the `kill -9` of a worker until another one has its job. */
export async function recoverWorker(): Promise<Recovery> {
  const server = await startRedis({ log: () => {} });
  const clock = createSystemClock();
  const redis = await connectRedis({ url: server.url, clock, observe: () => {} });
  const queue = createBullmqWorkQueue({ ...redis, clock });
  const { hostname: host, port } = new URL(server.url);
  const connection = { host, port: Number(port) };
  const stockQueue = new Queue(STOCK, { connection });
  const victimOf = (kind: string) =>
    startProcess({
      name: kind,
      command: process.execPath,
      args: [
        "--import",
        "tsx",
        "--conditions=@sallyport/source",
        join(import.meta.dirname, "held-job.ts"),
        kind,
        server.url,
      ],
      log: () => {},
      readyLine: "running",
    });
  await queue.put(burstJob(1), clock.now());
  await stockQueue.add("job", {});
  const victims = await Promise.all(["ours", STOCK].map(victimOf));
  let stock: Worker | undefined;
  const again = [
    new Promise<number>((resolve) => {
      void queue.work(lane("RevokeGrant", "azure"), async () => resolve(performance.now()), { concurrency: 1 });
    }),
    new Promise<number>((resolve) => {
      stock = new Worker(STOCK, async () => resolve(performance.now()), { connection });
    }),
  ];
  await sleep(INTO_IT_MS);
  const killed = performance.now();
  for (const victim of victims) victim.kill();
  const [ours = Number.NaN, floor = Number.NaN] = (await Promise.all(again)).map((at) => at - killed);

  await queue.close();
  await redis.close();
  await stock?.close(true);
  await stockQueue.close();
  await server.stop();
  return { ours, floor };
}
