import { Redis } from "ioredis";

/** Whether the server on this port of 127.0.0.1 answers a PING; while it still loads its file, it refuses one. */
export const redisAnswers = async (port: number): Promise<boolean> => {
  const redis = new Redis({
    host: "127.0.0.1",
    port,
    lazyConnect: true,
    connectTimeout: 1_000,
    disconnectTimeout: 0, // its timer is never cleared after a refused connection, and would keep the process alive
    commandTimeout: 1_000,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on("error", () => {}); // told by the rejection, too
  try {
    await redis.connect();
    return (await redis.ping()) === "PONG";
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
};
