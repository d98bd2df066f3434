import { setTimeout as sleep } from "node:timers/promises";
import { createSystemClock } from "@sallyport/backbone";
import { createKafkaEventBus } from "@sallyport/backbone-cluster";
import { startKafka } from "@sallyport/launcher";
import { Kafka, logLevel } from "kafkajs";
import type { Recovery } from "./recovery.ts";

/** The group is idle for so long when the second one comes. */
const IDLE_MS = 1500;

/** From the moment at which a second member asks to join an idle group until it has its partitions. */
export async function joinMember(): Promise<Recovery> {
  const broker = await startKafka({ log: () => {} });
  const { brokers } = broker;
  const clock = createSystemClock();
  const buses = await Promise.all(
    ["first", "second"].map((clientId) => createKafkaEventBus({ brokers, clientId, clock, topics: { partitions: 4 } })),
  );
  const ours = await secondOf(
    buses.map((bus) => async () => {
      await bus.subscribe("bench", ["sallyport.posture"], async () => {});
    }),
  );
  const kafka = new Kafka({ brokers: [...brokers], clientId: "stock", logLevel: logLevel.NOTHING });
  const groupId = "stock";
  const members = buses.map(() => kafka.consumer({ groupId }));
  const floor = await secondOf(
    members.map((member) => async () => {
      await member.connect();
      await member.subscribe({ topic: "sallyport.posture" });
      await member.run({ eachMessage: async () => {} });
    }),
  );
  await Promise.all([...buses.map((bus) => bus.abandon()), ...members.map((member) => member.disconnect())]);
  await broker.stop();
  return { ours, floor };
}

/** Lets both join, one after the other; how long the second one took. */
async function secondOf(joins: readonly (() => Promise<void>)[]): Promise<number> {
  const [first, second] = joins;
  await first?.();
  await sleep(IDLE_MS);
  const began = performance.now();
  await second?.();
  return performance.now() - began;
}
