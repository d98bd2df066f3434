import { wait } from "@sallyport/backbone";
import type { Clock, Observe } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import { Redis } from "ioredis";
import { requireNoEviction } from "./require-no-eviction.ts";

/** Comes back within half a second of the server, however long it was away (bullmq.md B6). */
const retryStrategy = (times: number): number => Math.min(100 * times, 500);
/** A server that holds its socket but does not answer. */
const COMMAND_TIMEOUT_MS = 5000;
const PATIENCE_MS = 20_000;
const GOOD_BYE_MS = 1000;

export interface RedisConnection {
  /** For what is asked and answered: fails at once while the server is away. */
  readonly commands: Redis;
  /** For workers, which wait for the server instead; they make their blocking connections from it. */
  readonly workers: Redis;
  readonly close: () => Promise<void>;
  /** Cuts the connections, whatever is under way. */
  readonly abandon: () => void;
}

/**
 * Connects to Redis or Valkey, and resolves once it answers. Throws `backbone.unavailable` when it does not within 20 s, and
 * `configuration.invalid` when it would evict what it acknowledged.
 */
export async function connectRedis({
  url,
  clock,
  observe,
}: {
  readonly url: string;
  readonly clock: Clock;
  readonly observe: Observe;
}): Promise<RedisConnection> {
  const commands = new Redis(url, {
    retryStrategy,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
  });
  const workers = new Redis(url, { retryStrategy, maxRetriesPerRequest: null });
  const abandon = () => {
    for (const redis of [commands, workers]) redis.disconnect();
  };
  for (const redis of [commands, workers])
    // Without a listener the process would end; each try to reconnect is one of these.
    redis.on("error", (fault: unknown) => {
      observe({ kind: "unavailable", what: "Redis", fault });
    });
  try {
    await Promise.all([commands, workers].map((redis) => ready(redis, clock)));
    await requireNoEviction(commands);
  } catch (fault) {
    abandon();
    throw fault;
  }
  return {
    commands,
    workers,
    abandon,
    close: async () => {
      // `quit` waits for what is under way; without a server that answers there is nothing to wait for.
      const open = [commands, workers].filter(({ status }) => status === "ready");
      const quit = Promise.allSettled(open.map((redis) => redis.quit()));
      await Promise.race([quit, wait(clock, GOOD_BYE_MS)]);
      abandon();
    },
  };
}

const ready = (redis: Redis, clock: Clock): Promise<void> =>
  new Promise((resolve, reject) => {
    if (redis.status === "ready") return resolve();
    const cancel = clock.after(PATIENCE_MS, () =>
      reject(new SallyportError({ code: "backbone.unavailable", detail: "Redis does not answer" })),
    );
    redis.once("ready", () => {
      cancel();
      resolve();
    });
  });
