import { Instant } from "@sallyport/contracts";
import type { KafkaMessage } from "kafkajs";
import { deadLetterOf, readDeadLetter } from "./dead-letters.ts";

describe("a dead letter", () => {
  const bytes = Buffer.from([0xff, 0x00, 0x7b]);
  const message: KafkaMessage = {
    key: Buffer.from("vm-7"),
    value: bytes,
    offset: "42",
    timestamp: "0",
    attributes: 0,
    headers: { traceparent: "00-1-2-3" },
  };
  const time = Instant.parse("2026-01-31T10:00:00.000Z");
  const letter = deadLetterOf(message, {
    topic: "sallyport.access",
    partition: 3,
    group: "authz",
    reason: "x".repeat(9999),
    time,
  });

  it("keeps the original bytes, also those that are no text, with its key and headers", () => {
    expect(letter).toMatchObject({ value: bytes, key: message.key, headers: { traceparent: "00-1-2-3" } });
  });

  it("says where it came from, when, and why, in few words", () => {
    expect(letter.headers).toMatchObject({
      topic: "sallyport.access",
      partition: "3",
      offset: "42",
      group: "authz",
      time,
    });
    expect(String(letter.headers?.["reason"]).length).toBeLessThanOrEqual(2000);
  });

  it("is read back as it was written, and for what it is when a stranger wrote it", () => {
    expect(readDeadLetter({ ...message, headers: { topic: Buffer.from("t"), group: ["g"], reason: "r" } })).toEqual({
      bytes: bytes.toString(),
      topic: "t",
      key: "vm-7",
      group: "g",
      reason: "r",
    });
    expect(readDeadLetter({ ...message, key: null, value: null })).toMatchObject({ bytes: "", key: "", topic: "" });
  });
});
