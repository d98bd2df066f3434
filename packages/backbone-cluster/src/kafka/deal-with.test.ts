import type { Interest } from "@sallyport/backbone";
import { EventId, Instant, VmRef, seal } from "@sallyport/contracts";
import type { SallyportEvent } from "@sallyport/contracts";
import type { KafkaMessage } from "kafkajs";
import { createDealer } from "./deal-with.ts";
import { TYPE_HEADER } from "./type-header.ts";

const at = Instant.parse("2026-01-31T08:00:00.000Z");
const event = seal(
  {
    type: "sallyport.posture.gone.v1",
    data: { vm: VmRef.parse("arn:aws:ec2:eu-west-1:123456789012:instance/i-00000000000000001"), at },
  },
  {
    id: EventId.parse("00000000-0000-4000-8000-000000000001"),
    source: "/sallyport/scanner",
    time: at,
    correlationId: "c",
    causationId: "c",
  },
);
const messageOf = (value: string, headers: KafkaMessage["headers"] = {}): KafkaMessage => ({
  key: Buffer.from(event.subject),
  value: Buffer.from(value),
  headers,
  timestamp: "0",
  attributes: 0,
  offset: "7",
});

/** What becomes of a message in a group that has such an interest. */
async function dealtWith(message: KafkaMessage, interest?: Interest) {
  const [handled, aside]: [SallyportEvent[], string[]] = [[], []];
  const deal = createDealer({
    group: "g",
    handle: async (one) => void handled.push(one),
    interest,
    putAside: async (_received, reason) => void aside.push(reason),
    isAbandoned: () => false,
    observe: () => {},
    random: () => 0.5,
  });
  expect(await deal({ message, topic: "sallyport.posture", partition: 0 })).toEqual({ kind: "passed" });
  return { handled: handled.length, aside: aside.length };
}

describe("a message of a type", () => {
  const typed = { [TYPE_HEADER]: Buffer.from(event.type) };
  const others: Interest = { types: new Set(["sallyport.posture.classified.v1"]) };

  it("that its group does nothing about is passed over unread", async () => {
    expect(await dealtWith(messageOf("not even JSON", typed), others)).toEqual({ handled: 0, aside: 0 });
  });

  it("that its group named is handled, or put aside if it cannot be read", async () => {
    const its: Interest = { types: new Set([event.type]) };
    expect(await dealtWith(messageOf(JSON.stringify(event), typed), its)).toEqual({ handled: 1, aside: 0 });
    expect(await dealtWith(messageOf("not even JSON", typed), its)).toEqual({ handled: 0, aside: 1 });
  });

  it("is handled by a group that named none", async () => {
    expect(await dealtWith(messageOf(JSON.stringify(event), typed))).toEqual({ handled: 1, aside: 0 });
    expect(await dealtWith(messageOf(JSON.stringify(event), typed), { patienceMs: 5 })).toEqual({
      handled: 1,
      aside: 0,
    });
  });

  it("that is not told from outside is read: earlier releases did not tell it", async () => {
    expect(await dealtWith(messageOf(JSON.stringify(event)), others)).toEqual({ handled: 1, aside: 0 });
    expect(await dealtWith(messageOf("not even JSON"), others)).toEqual({ handled: 0, aside: 1 });
  });
});
