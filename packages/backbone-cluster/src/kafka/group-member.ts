import type { Clock, Handle, Observe, Random } from "@sallyport/backbone";
import type { Consumer, EachBatchPayload } from "kafkajs";
import { commitWith } from "./commit.ts";
import { createDealer } from "./deal-with.ts";
import type { Received } from "./deal-with.ts";
import { isTransient, kafkaFault } from "./kafka-fault.ts";
import { whilePulsing } from "./pulse.ts";
import { superviseConsumer } from "./supervise-consumer.ts";
import type { Supervision } from "./supervise-consumer.ts";

/** Partitions whose handlers run at the same time. */
const PARTITIONS_AT_ONCE = 4;

export interface MemberDeps {
  readonly clock: Clock;
  readonly sessionTimeoutMs: number;
  readonly random: Random;
  readonly observe: Observe;
  /** Puts a message aside, durably. */
  readonly putAside: (received: Received, reason: string) => Promise<void>;
  /** Whether a broker answers right now. */
  readonly brokerAnswers: () => Promise<boolean>;
}

export interface MemberOf {
  readonly consumer: Consumer;
  readonly group: string;
  /** From the brokers' names of the topics to ours. */
  readonly topics: ReadonlyMap<string, string>;
  readonly handle: Handle;
}

export interface GroupMember extends Pick<Supervision, "alive" | "moving"> {
  /** Waits for the handlers that run, commits them, and leaves. */
  readonly close: () => Promise<void>;
  /** As a kill would: a running handler is not heard of again, and nothing is committed. */
  readonly abandon: () => Promise<void>;
}

/** Joins a group and hands it its partitions, each in order, one message at a time; resolves once it has joined. */
export async function joinGroup(
  { clock, sessionTimeoutMs, random, observe, putAside, brokerAnswers }: MemberDeps,
  { consumer, group, topics, handle }: MemberOf,
): Promise<GroupMember> {
  const { alive, moving, end } = superviseConsumer({
    consumer,
    group,
    sessionTimeoutMs,
    clock,
    observe,
    brokerAnswers,
  });
  let stopping = false;
  let abandoned = false;
  let abandonNow = () => {};
  const abandonment = new Promise<"abandoned">((resolve) => {
    abandonNow = () => resolve("abandoned");
  });
  const dealWith = createDealer({ group, handle, putAside, isAbandoned: () => abandoned, observe, random });

  /** Handles until something is held or lost; commits what was reached. */
  const handleBatch = async (payload: EachBatchPayload): Promise<void> => {
    const { topic: name, partition, messages } = payload.batch;
    const topic = topics.get(name);
    if (topic === undefined) return;
    let reached: string | undefined;
    let lost: unknown;
    for (const message of messages) {
      if (stopping || !payload.isRunning() || payload.isStale()) break;
      const dealt = await Promise.race([dealWith({ message, topic, partition }), abandonment]);
      if (dealt === "abandoned" || abandoned) return;
      if (dealt.kind === "hold") {
        // In the middle of a batch the partition has been read before, so it does resume (kafkajs #1599).
        const resume = payload.pause();
        clock.after(dealt.waitMs, resume);
        break;
      }
      payload.resolveOffset(message.offset);
      reached = message.offset;
      try {
        await payload.heartbeat();
      } catch (fault) {
        lost = fault;
        break;
      }
    }
    if (reached !== undefined) await commitWith(clock, payload, reached);
    if (lost !== undefined) throw lost;
  };

  const eachBatch = async (payload: EachBatchPayload) => {
    try {
      await whilePulsing({ clock, everyMs: sessionTimeoutMs / 4, heartbeat: () => payload.heartbeat() }, () =>
        handleBatch(payload),
      );
    } catch (fault) {
      if (!isTransient(fault)) observe({ kind: "unavailable", what: `a batch of ${group}`, fault });
      throw fault;
    }
  };

  const leave = async () => {
    stopping = true;
    end();
    await consumer.disconnect().catch((fault: unknown) => {
      observe({ kind: "unavailable", what: `leaving ${group}`, fault });
    });
  };

  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics.keys()], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      eachBatch,
    });
  } catch (fault) {
    await leave();
    throw kafkaFault(`joining ${group}`, fault);
  }
  return {
    alive,
    moving,
    close: leave,
    abandon: async () => {
      abandoned = true;
      abandonNow();
      await leave();
    },
  };
}
