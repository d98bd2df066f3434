import { randomUUID } from "node:crypto";
import { createSystemClock, wait } from "@sallyport/backbone";
import { describeEventBus } from "@sallyport/backbone/conformance";
import { DEAD_LETTER_TOPIC, topics } from "@sallyport/contracts";
import { Kafka, Partitioners, logLevel } from "kafkajs";
import { createKafkaEventBus } from "./kafka-event-bus.ts";
import type { KafkaEventBus } from "./kafka-event-bus.ts";

const brokers = (process.env["KAFKA_BROKERS"] ?? "").split(",");
const clock = createSystemClock();

(brokers[0] === "" ? describe.skip : describe)("with a broker (KAFKA_BROKERS)", () => {
  const raw = new Kafka({ brokers, clientId: "suite", logLevel: logLevel.NOTHING });
  const admin = raw.admin();
  beforeAll(() => admin.connect());
  afterAll(() => admin.disconnect());

  describeEventBus("Kafka", async () => {
    const prefix = `suite-${randomUUID().slice(0, 8)}`;
    const opened: KafkaEventBus[] = [];
    return {
      open: async () => {
        const bus = await createKafkaEventBus({ brokers, clientId: "suite", clock, prefix, topics: { partitions: 4 } });
        opened.push(bus);
        return bus;
      },
      pass: (ms) => wait(clock, ms),
      now: clock.now,
      isVirtual: false,
      crash: async () => {
        await Promise.all(opened.splice(0).map((bus) => bus.abandon()));
      },
      destroy: async () => {
        await Promise.all(opened.splice(0).map((bus) => bus.abandon()));
        await admin.deleteTopics({
          topics: [...Object.keys(topics), DEAD_LETTER_TOPIC].map((topic) => `${prefix}.${topic}`),
        });
      },
      inject: async (topic, key, value) => {
        const producer = raw.producer({ createPartitioner: Partitioners.DefaultPartitioner });
        await producer.connect();
        await producer.send({ topic: `${prefix}.${topic}`, messages: [{ key, value }] });
        await producer.disconnect();
      },
    };
  });
});
