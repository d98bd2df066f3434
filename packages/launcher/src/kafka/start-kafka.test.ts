import { Kafka, logLevel, Partitioners } from "kafkajs";

import { startKafka } from "./start-kafka.ts";
import { scratchFolder } from "../process/scratch-folder.ts";

const log = (): void => {};
const topic = "sallyport.test";
const clientOf = (brokers: readonly string[]): Kafka =>
  new Kafka({ clientId: "test", brokers: [...brokers], logLevel: logLevel.NOTHING });

const createTopic = async (brokers: readonly string[]): Promise<void> => {
  const admin = clientOf(brokers).admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 2 }] });
  await admin.disconnect();
};

const publish = async (brokers: readonly string[], count: number): Promise<void> => {
  const producer = clientOf(brokers).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  for (let i = 0; i < count; i += 1)
    await producer.send({ topic, acks: -1, messages: [{ key: `vm-${i}`, value: `${i}` }] });
  await producer.disconnect();
};

const messagesIn = async (brokers: readonly string[]): Promise<number> => {
  const admin = clientOf(brokers).admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return offsets.reduce((sum, { high }) => sum + Number(high), 0);
};

const topicsOf = async (brokers: readonly string[]): Promise<readonly string[]> => {
  const admin = clientOf(brokers).admin();
  await admin.connect();
  const topics = await admin.listTopics();
  await admin.disconnect();
  return topics;
};

(process.env["KAFKA_BROKERS"] === undefined ? describe.skip : describe)("a real Kafka (KAFKA_BROKERS)", () => {
  it("still has every acknowledged message after kill -9 and restart, on the same port", async () => {
    const kafka = await startKafka({ log });
    await createTopic(kafka.brokers);
    await publish(kafka.brokers, 100);
    kafka.kill();
    expect(await kafka.exited).toMatchObject({ signal: "SIGKILL" });
    await kafka.restart();
    expect(await messagesIn(kafka.brokers)).toBe(100);
    await publish(kafka.brokers, 10);
    expect(await messagesIn(kafka.brokers)).toBe(110);
    await kafka.stop();
  });

  it("with a folder of its own is the same one at the next start", async () => {
    const dataDir = scratchFolder();
    const first = await startKafka({ log, dataDir });
    await createTopic(first.brokers);
    await publish(first.brokers, 5);
    await first.stop();
    const second = await startKafka({ log, dataDir });
    expect(second.brokers).toEqual(first.brokers);
    expect(await messagesIn(second.brokers)).toBe(5);
    await second.stop();
  });

  it("beside another shares nothing with it", async () => {
    const [one, two] = await Promise.all([startKafka({ log }), startKafka({ log })]);
    expect(one.brokers).not.toEqual(two.brokers);
    await createTopic(one.brokers);
    expect(await topicsOf(one.brokers)).toContain(topic);
    expect(await topicsOf(two.brokers)).not.toContain(topic);
    await Promise.all([one.stop(), two.stop()]);
    await expect(one.restart()).rejects.toThrow("scratch data removed");
  });
});
