import { randomUUID } from "node:crypto";
import { Kafka, Partitioners, logLevel } from "kafkajs";
import { patchIdleTimer } from "../../packages/backbone-cluster/src/kafka/patch-idle-timer.ts";
import { machineMs } from "./open-loop.ts";

/** The least that a request can cost on this bus: two topics, one after the other, in plain kafkajs. */
export interface TwoHops {
  /** How long one message took over both, in milliseconds. */
  readonly send: (key: string) => Promise<number>;
  readonly close: () => Promise<void>;
}

const PARTITIONS = 8;
const PADDING = "x".repeat(150);

/** With our own settings (kafka.md §2): acknowledged by all, committed one by one, no batching. */
export async function createTwoHops(brokers: readonly string[]): Promise<TwoHops> {
  patchIdleTimer();
  const kafka = new Kafka({ clientId: "bench-floor", brokers: [...brokers], logLevel: logLevel.NOTHING });
  const run = randomUUID().slice(0, 8);
  const [first, second] = [`bench.${run}.first`, `bench.${run}.second`];
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [first, second].map((topic) => ({ topic, numPartitions: PARTITIONS, replicationFactor: 1 })),
    waitForLeaders: true,
  });
  await admin.disconnect();
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const arrivals = new Map<string, (at: number) => void>();

  const consume = async (topic: string, handle: (key: string, value: string) => Promise<void>) => {
    const consumer = kafka.consumer({
      groupId: `bench-${run}-${topic}`,
      sessionTimeout: 10_000,
      heartbeatInterval: 500,
      maxWaitTimeInMs: 250,
      minBytes: 1,
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    const joined = new Promise<void>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, () => resolve());
    });
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: PARTITIONS,
      eachMessage: async ({ partition, message }) => {
        await handle(message.key?.toString() ?? "", message.value?.toString() ?? "");
        const offset = String(BigInt(message.offset) + 1n);
        await consumer.commitOffsets([{ topic, partition, offset }]);
      },
    });
    await joined;
    return consumer;
  };
  const consumers = [
    await consume(first, async (key, value) => {
      await producer.send({ topic: second, acks: -1, messages: [{ key, value }] });
    }),
    await consume(second, (_key, value) => {
      const [id = ""] = value.split(" ", 1);
      arrivals.get(id)?.(machineMs());
      arrivals.delete(id);
      return Promise.resolve();
    }),
  ];
  return {
    send: async (key) => {
      const id = randomUUID();
      const arrived = new Promise<number>((resolve) => arrivals.set(id, resolve));
      const sent = machineMs();
      await producer.send({ topic: first, acks: -1, messages: [{ key, value: `${id} ${PADDING}` }] });
      return (await arrived) - sent;
    },
    close: async () => {
      await Promise.all(consumers.map((one) => one.disconnect()));
      await producer.disconnect();
    },
  };
}
