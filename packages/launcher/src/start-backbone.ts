import { join } from "node:path";

import { settingOf, type Environment } from "./environment.ts";
import { jarsAtHand } from "./kafka/kafka-jars.ts";
import { startKafka } from "./kafka/start-kafka.ts";
import type { Log } from "./log.ts";
import { cacheDirOf } from "./provide/cache-dir.ts";
import { provideSoftware } from "./provide/provide-software.ts";
import type { Software } from "./provide/software.ts";
import { startRedis } from "./redis/start-redis.ts";

/** Both servers of the cluster, ours or those that the environment names. */
export interface RunningBackbone {
  readonly brokers: readonly string[];
  readonly redisUrl: string;
  /** Ends what was started here, and nothing else. */
  readonly stop: () => Promise<void>;
}

/** How to bring both up. */
export interface BackboneOptions {
  readonly env: Environment;
  readonly log: Log;
  /** For what is fetched and made once; the user's cache folder when left out. */
  readonly cacheDir?: string;
  /** Kept when given (`kafka` and `redis` within it); otherwise scratch. */
  readonly dataDir?: string;
}

/** What has to be on the machine, given what the environment names and what was fetched before. */
export const neededSoftware = (given: {
  readonly brokers: boolean;
  readonly redis: boolean;
  readonly jars: boolean;
}): readonly Software[] => [
  ...(given.brokers ? [] : given.jars ? (["java"] as const) : (["java", "maven"] as const)),
  ...(given.redis ? [] : (["redis"] as const)),
];

const nothing = async (): Promise<void> => {};

/** A real Kafka and a real Redis: KAFKA_BROKERS and REDIS_URL where they are set, otherwise started here, both at once. */
export const startBackbone = async ({ env, log, dataDir, ...options }: BackboneOptions): Promise<RunningBackbone> => {
  const brokers = settingOf(env, "KAFKA_BROKERS")
    ?.split(",")
    .map((broker) => broker.trim());
  const redisUrl = settingOf(env, "REDIS_URL");
  const cacheDir = (): string => options.cacheDir ?? cacheDirOf(env);
  const jars = brokers === undefined && (await jarsAtHand(cacheDir(), env)).length > 0;
  // One run of the package manager instead of two that wait for each other.
  await provideSoftware(neededSoftware({ brokers: brokers !== undefined, redis: redisUrl !== undefined, jars }), {
    env,
    log,
  });

  const within = (name: string): { readonly dataDir?: string } =>
    dataDir === undefined ? {} : { dataDir: join(dataDir, name) };
  const [kafka, redis] = await Promise.allSettled([
    brokers === undefined
      ? startKafka({ env, log, cacheDir: cacheDir(), ...within("kafka") })
      : { brokers, stop: nothing },
    redisUrl === undefined ? startRedis({ env, log, ...within("redis") }) : { url: redisUrl, stop: nothing },
  ]);
  if (kafka.status === "rejected") {
    if (redis.status === "fulfilled") await redis.value.stop();
    throw kafka.reason;
  }
  if (redis.status === "rejected") {
    await kafka.value.stop();
    throw redis.reason;
  }
  return {
    brokers: kafka.value.brokers,
    redisUrl: redis.value.url,
    stop: async () => {
      await Promise.all([kafka.value.stop(), redis.value.stop()]);
    },
  };
};
