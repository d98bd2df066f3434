// A worker that takes a job and never ends it: `ours` or `stock`, at that Redis. Says `running` when it has one.
import { createSystemClock } from "@sallyport/backbone";
import { connectRedis, createBullmqWorkQueue } from "@sallyport/backbone-cluster";
import { lane } from "@sallyport/contracts";
import { Worker } from "bullmq";

const [kind = "", url = ""] = process.argv.slice(2);
const hold = (): Promise<never> => {
  process.stdout.write("running\n");
  return new Promise(() => {});
};
if (kind === "ours") {
  const clock = createSystemClock();
  const redis = await connectRedis({ url, clock, observe: () => {} });
  const queue = createBullmqWorkQueue({ ...redis, clock });
  await queue.work(lane("RevokeGrant", "azure"), hold, { concurrency: 1 });
} else {
  const { hostname: host, port } = new URL(url);
  await new Worker(kind, hold, { connection: { host, port: Number(port) } }).waitUntilReady();
}
