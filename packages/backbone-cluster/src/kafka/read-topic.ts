import type { Clock } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import type { Admin, Batch, Consumer, KafkaMessage } from "kafkajs";
import { inKafka, kafkaFault } from "./kafka-fault.ts";
import { createMailbox } from "./mailbox.ts";
import { whilePulsing } from "./pulse.ts";

export interface ReadDeps {
  readonly admin: Admin;
  /** A consumer in a group that nobody else is in. */
  readonly newConsumer: () => Consumer;
  readonly clock: Clock;
  readonly sessionTimeoutMs: number;
}

/** How long without a message until we look whether what is missing was deleted meanwhile. */
const LOOK_AGAIN_MS = 5000;

/** Reads a topic from its beginning to what was its end at the call; each partition in order, outside any group. */
export function readTopic(
  { admin, newConsumer, clock, sessionTimeoutMs }: ReadDeps,
  topic: string,
): AsyncIterable<KafkaMessage> {
  const partitions = () => inKafka(`asking for the end of ${topic}`, () => admin.fetchTopicOffsets(topic));
  const atTheCall = partitions();
  // Whoever iterates gets the fault; whoever does not, has not asked.
  atTheCall.catch(() => {});

  return (async function* read() {
    /** What is still to be read: the next offset, and the end, of each partition. */
    const open = new Map<number, { next: bigint; readonly end: bigint }>();
    for (const { partition, low, high } of await atTheCall)
      if (BigInt(low) < BigInt(high)) open.set(partition, { next: BigInt(low), end: BigInt(high) });
    if (open.size === 0) return;

    const mailbox = createMailbox<Batch>(clock);
    const consumer = newConsumer();
    consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
      if (!restart) mailbox.fail(kafkaFault(`reading ${topic}`, error));
    });
    try {
      await inKafka(`reading ${topic}`, async () => {
        await consumer.connect();
        await consumer.subscribe({ topics: [topic], fromBeginning: true });
        await consumer.run({
          autoCommit: false,
          eachBatch: (payload) =>
            whilePulsing({ clock, everyMs: sessionTimeoutMs / 4, heartbeat: () => payload.heartbeat() }, () =>
              mailbox.put(payload.batch),
            ),
        });
      });
      while (open.size > 0) {
        const batch = await mailbox.take(LOOK_AGAIN_MS);
        if (batch === undefined) {
          for (const { partition, low } of await partitions())
            if (BigInt(low) >= (open.get(partition)?.end ?? 0n)) open.delete(partition);
          continue;
        }
        const part = open.get(batch.partition);
        if (part === undefined) continue;
        for (const message of batch.messages) {
          const offset = BigInt(message.offset);
          if (offset < part.next || offset >= part.end) continue;
          part.next = offset + 1n;
          yield message;
        }
        // The last offsets of a partition need not be messages.
        if (BigInt(batch.lastOffset()) >= part.end - 1n) open.delete(batch.partition);
      }
    } finally {
      mailbox.fail(new SallyportError({ code: "backbone.unavailable", detail: `reading ${topic} has ended` }));
      await consumer.disconnect();
    }
  })();
}
