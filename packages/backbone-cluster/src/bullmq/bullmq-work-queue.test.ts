import { randomUUID } from "node:crypto";
import { createSystemClock, wait } from "@sallyport/backbone";
import { describeWorkQueue } from "@sallyport/backbone/conformance";
import { connectRedis } from "../redis/connect-redis.ts";
import { createBullmqWorkQueue } from "./bullmq-work-queue.ts";

const url = process.env["REDIS_URL"] ?? "";
const clock = createSystemClock();

(url === "" ? describe.skip : describe)("with a server (REDIS_URL)", () => {
  describeWorkQueue("BullMQ", async () => {
    const prefix = `suite-${randomUUID().slice(0, 8)}`;
    const opened: { readonly abandon: () => Promise<void> }[] = [];
    const crash = async () => {
      await Promise.all(opened.splice(0).map(({ abandon }) => abandon()));
    };
    return {
      open: async () => {
        const { commands, workers, abandon } = await connectRedis({ url, clock, observe: () => {} });
        const queue = createBullmqWorkQueue({ commands, workers, clock, prefix });
        opened.push({
          abandon: async () => {
            await queue.abandon();
            abandon();
          },
        });
        return queue;
      },
      pass: (ms) => wait(clock, ms),
      now: clock.now,
      isVirtual: false,
      crash,
      destroy: crash,
    };
  });
});
