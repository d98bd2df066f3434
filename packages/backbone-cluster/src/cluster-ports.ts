import { wait } from "@sallyport/backbone";
import type { Clock, Log, Metrics, Ports, Random } from "@sallyport/backbone";
import { createBullmqWorkQueue } from "./bullmq/bullmq-work-queue.ts";
import { createKafkaEventBus } from "./kafka/kafka-event-bus.ts";
import type { TopicSettings } from "./kafka/topic-plan.ts";
import { connectRedis } from "./redis/connect-redis.ts";
import { createRedisRecords } from "./redis/redis-records.ts";
import { observeSparingly } from "./observe-sparingly.ts";
import { reportSignals } from "./report-signals.ts";

/** How long Redis may take to answer the question whether it is there. */
const PATIENCE_MS = 2000;

export interface ClusterPortsDeps {
  /** `host:port`; at least one that answers. */
  readonly brokers: readonly string[];
  readonly redisUrl: string;
  /** The service: names it to the brokers. */
  readonly clientId: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly random?: Random;
  /** How topics are made that are not there yet. */
  readonly topics?: Partial<TopicSettings>;
  /** After how long a killed process is missed; 10 s when left out (kafka.md §2.1). */
  readonly sessionTimeoutMs?: number;
  /** Set before topics, groups and keys, so that several installations can share servers. */
  readonly prefix?: string;
}

export interface ClusterPorts extends Ports {
  /** Waits for what is running, starts nothing new, and disconnects. */
  readonly close: () => Promise<void>;
  /** Readiness: both servers answer, consumers fetch, and jobs that are due are being taken. */
  readonly healthy: () => Promise<boolean>;
  /** Liveness: `false` when only a new process helps; an outage of a server is not that. */
  readonly alive: () => boolean;
}

/**
 * The ports of the cluster way to run; resolves once all servers answer and the topics are there. Throws `backbone.unavailable` when
 * one does not within about 20 s, and `configuration.invalid` when Redis would forget what it acknowledged.
 */
export async function createClusterPorts({
  brokers,
  redisUrl,
  clientId,
  clock,
  log,
  metrics,
  random = Math.random,
  topics = {},
  sessionTimeoutMs,
  prefix,
}: ClusterPortsDeps): Promise<ClusterPorts> {
  const observe = observeSparingly(clock, reportSignals(log, metrics));
  const named = prefix === undefined ? {} : { prefix };
  const redis = await connectRedis({ url: redisUrl, clock, observe });
  const session = sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs };
  const bus = await createKafkaEventBus({
    brokers,
    clientId,
    clock,
    random,
    observe,
    log,
    topics,
    ...session,
    ...named,
  }).catch(async (fault: unknown) => {
    await redis.close();
    throw fault;
  });
  const { commands, workers } = redis;
  const queue = createBullmqWorkQueue({ commands, workers, clock, random, observe, ...named });
  const records = createRedisRecords({ redis: commands, ...named });
  const redisAnswers = () =>
    Promise.race([
      commands.ping().then(
        () => true,
        () => false,
      ),
      wait(clock, PATIENCE_MS).then(() => false),
    ]);
  return {
    clock,
    bus,
    queue,
    records,
    healthy: async () => {
      const [busIsWell, redisIsThere] = await Promise.all([bus.healthy(), redisAnswers()]);
      return busIsWell && redisIsThere && queue.moving();
    },
    alive: () => bus.alive() && queue.alive(),
    close: async () => {
      await Promise.all([bus.close(), queue.close()]);
      await redis.close();
    },
  };
}
