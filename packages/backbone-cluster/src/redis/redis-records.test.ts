import { randomUUID } from "node:crypto";
import { createSystemClock, wait } from "@sallyport/backbone";
import { describeRecords } from "@sallyport/backbone/conformance";
import { connectRedis } from "./connect-redis.ts";
import type { RedisConnection } from "./connect-redis.ts";
import { createRedisRecords } from "./redis-records.ts";

const url = process.env["REDIS_URL"] ?? "";
const clock = createSystemClock();

(url === "" ? describe.skip : describe)("with a server (REDIS_URL)", () => {
  describeRecords("Redis", async () => {
    const prefix = `suite-${randomUUID().slice(0, 8)}`;
    const opened: RedisConnection[] = [];
    const crash = async () => {
      for (const connection of opened.splice(0)) connection.abandon();
    };
    return {
      open: async () => {
        const connection = await connectRedis({ url, clock, observe: () => {} });
        opened.push(connection);
        return createRedisRecords({ redis: connection.commands, prefix });
      },
      pass: (ms) => wait(clock, ms),
      now: clock.now,
      isVirtual: false,
      crash,
      destroy: crash,
    };
  });
});
