import { join } from "node:path";
import type { Clock } from "@sallyport/backbone";
import { startKafka, startRedis } from "@sallyport/launcher";
import { supervise } from "./supervise.ts";
import type { Supervised } from "./supervise.ts";

export interface ServersOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly say: (line: string) => void;
  /** Is given each process as soon as it runs. */
  readonly keep: (one: Supervised) => Supervised;
}

/** Our own brokers allow less than Kafka's default least of 6 s: a process that was killed is at work again that much sooner. */
const OUR_SESSION_S = 4;

/** The two servers of a cluster: those that the environment names, otherwise our own, supervised, with their data in the data folder. */
export async function startServers({ env, dataDir, clock, say, keep }: ServersOptions): Promise<{
  readonly brokers: readonly string[];
  readonly redisUrl: string;
  /** The shortest session that these brokers are known to allow. */
  readonly sessionSeconds?: number;
}> {
  const named = { brokers: env["KAFKA_BROKERS"] ?? "", redisUrl: env["REDIS_URL"] ?? "" };
  const brokers = async (): Promise<readonly string[]> => {
    if (named.brokers !== "") return named.brokers.split(",").map((broker) => broker.trim());
    const kafka = await startKafka({ env, log: say, dataDir: join(dataDir, "kafka") });
    keep(supervise(kafka, { clock, say }));
    return kafka.brokers;
  };
  const redisUrl = async (): Promise<string> => {
    if (named.redisUrl !== "") return named.redisUrl;
    const redis = await startRedis({ env, log: say, dataDir: join(dataDir, "redis") });
    keep(supervise(redis, { clock, say }));
    return redis.url;
  };
  const [started, url] = await Promise.all([brokers(), redisUrl()]);
  return { brokers: started, redisUrl: url, ...(named.brokers === "" && { sessionSeconds: OUR_SESSION_S }) };
}
