import type { Clock, Log } from "@sallyport/backbone";
import { Kafka, Partitioners, logLevel } from "kafkajs";
import type { Admin, Consumer, Producer } from "kafkajs";
import { createSparing } from "../sparing.ts";
import { patchIdleTimer } from "./patch-idle-timer.ts";

/** Bridges a broker that is killed and restarted (kafka.md §2.1, §2.5). All four stated: the library's defaults differ under test. */
const PATIENT = { retries: 20, initialRetryTime: 100, maxRetryTime: 1000, factor: 0.2, multiplier: 2 };
const AT_ONCE = { ...PATIENT, retries: 0 };

export interface KafkaConnection {
  readonly producer: () => Producer;
  readonly consumer: (groupId: string) => Consumer;
  readonly admin: () => Admin;
  /** An admin that says at once when nobody answers. */
  readonly probe: () => Admin;
}

/** Makes the clients of kafkajs, with the settings of kafka.md §2. Connects nothing yet. */
export function connectKafka({
  brokers,
  clientId,
  sessionTimeoutMs,
  clock,
  log,
}: {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly sessionTimeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
}): KafkaConnection {
  patchIdleTimer();
  const isTime = createSparing(clock);
  // A client of its own for each: kafkajs shares one client's memory of offsets among all consumers of a group.
  const kafka = (retry = PATIENT) =>
    new Kafka({
      brokers: [...brokers],
      clientId,
      retry,
      logLevel: logLevel.WARN,
      logCreator:
        () =>
        ({ namespace, level, log: { message, error } }) => {
          // What matters comes as a signal; these lines are for whoever looks into a disturbance.
          const line = `kafkajs ${namespace}: ${message}`;
          if (!isTime(line)) return;
          (level === logLevel.ERROR ? log.warn : log.debug)(line, error === undefined ? {} : { error });
        },
    });
  return {
    producer: () =>
      kafka().producer({
        createPartitioner: Partitioners.DefaultPartitioner,
        allowAutoTopicCreation: false,
        idempotent: false,
        retry: PATIENT,
      }),
    consumer: (groupId) =>
      kafka().consumer({
        groupId,
        sessionTimeout: sessionTimeoutMs,
        heartbeatInterval: 500,
        rebalanceTimeout: 60_000,
        maxWaitTimeInMs: 250,
        minBytes: 1,
        allowAutoTopicCreation: false,
        retry: PATIENT,
      }),
    admin: () => kafka().admin({ retry: PATIENT }),
    probe: () => kafka(AT_ONCE).admin({ retry: AT_ONCE }),
  };
}
