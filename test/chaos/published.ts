import { randomUUID } from "node:crypto";
import { Kafka, logLevel } from "kafkajs";

/** Everything that lies on a topic, from its beginning to its end as of now. */
export async function published(brokers: readonly string[], topic: string): Promise<readonly string[]> {
  const kafka = new Kafka({ clientId: "chaos", brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const left = new Map(
    offsets.filter(({ low, high }) => high !== low).map(({ partition, high }) => [partition, BigInt(high)]),
  );
  const messages: string[] = [];
  if (left.size === 0) return messages;
  const consumer = kafka.consumer({ groupId: `chaos-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: ({ partition, message }) => {
          messages.push(message.value?.toString("utf8") ?? "");
          const end = left.get(partition);
          if (end !== undefined && BigInt(message.offset) + 1n >= end) left.delete(partition);
          if (left.size === 0) resolve();
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return messages;
}
