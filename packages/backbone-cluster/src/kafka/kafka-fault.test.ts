import { KafkaJSConnectionError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded } from "kafkajs";
import { inKafka, kafkaFault } from "./kafka-fault.ts";

describe("a fault of Kafka", () => {
  const refused = new KafkaJSConnectionError("connect ECONNREFUSED", { broker: "x:1" });

  it("is retryable when the brokers are away, also after the library has given up", () => {
    for (const fault of [refused, new KafkaJSNumberOfRetriesExceeded(refused, { retryCount: 20, retryTime: 1000 })])
      expect(kafkaFault("publishing", fault)).toMatchObject({ code: "backbone.unavailable", retryable: true });
  });

  it("is not retryable when the same would fail again", () => {
    expect(kafkaFault("publishing", new KafkaJSNonRetriableError("too large"))).toMatchObject({ retryable: false });
  });

  it("stays what it is when it is none of Kafka's", async () => {
    const bug = new TypeError("undefined");
    await expect(inKafka("publishing", () => Promise.reject(bug))).rejects.toBe(bug);
  });
});
