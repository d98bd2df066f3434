import { wait } from "@sallyport/backbone";
import type { Clock, Handle, Interest, Observe, Random } from "@sallyport/backbone";
import type { Consumer, EachBatchPayload } from "kafkajs";
import { createCommitter } from "./committer.ts";
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
  readonly interest: Interest | undefined;
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
  { consumer, group, topics, handle, interest }: MemberOf,
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
  const committer = createCommitter({ clock, group, observe });
  const { REBALANCING, GROUP_JOIN, FETCH } = consumer.events;
  consumer.on(REBALANCING, () => void committer.flush().catch(() => {}));
  consumer.on(GROUP_JOIN, committer.forget);
  let fetchedAt = clock.elapsed();
  consumer.on(FETCH, () => (fetchedAt = clock.elapsed()));
  /** The library fetches again once all batches of the fetch before are through. */
  const beforeNextFetch = async (): Promise<void> => {
    const waitMs = fetchedAt + (interest?.patienceMs ?? 0) - clock.elapsed();
    if (waitMs > 0 && !stopping) await wait(clock, waitMs);
  };
  const underWay = new Set<Promise<void>>();
  const dealWith = createDealer({ group, handle, interest, putAside, isAbandoned: () => abandoned, observe, random });

  /** Handles until something is held or lost; what was reached is committed soon after, at once when the place is lost. */
  const handleBatch = async (payload: EachBatchPayload): Promise<void> => {
    const { topic: name, partition, messages } = payload.batch;
    const topic = topics.get(name);
    if (topic === undefined) return;
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
      committer.reached(payload, message.offset);
      try {
        await payload.heartbeat();
      } catch (fault) {
        // What cannot be committed any more comes again.
        await committer.flush().catch(() => {});
        throw fault;
      }
    }
  };

  const eachBatch = async (payload: EachBatchPayload) => {
    const batch = whilePulsing({ clock, everyMs: sessionTimeoutMs / 4, heartbeat: () => payload.heartbeat() }, () =>
      handleBatch(payload),
    );
    underWay.add(batch);
    try {
      await batch;
      await beforeNextFetch();
    } catch (fault) {
      if (!isTransient(fault)) observe({ kind: "unavailable", what: `a batch of ${group}`, fault });
      throw fault;
    } finally {
      underWay.delete(batch);
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
    close: async () => {
      stopping = true;
      await Promise.allSettled(underWay);
      await committer.flush().catch((fault: unknown) => {
        observe({ kind: "unavailable", what: `the last commit of ${group}`, fault });
      });
      await leave();
    },
    abandon: async () => {
      abandoned = true;
      committer.forget();
      abandonNow();
      await leave();
    },
  };
}
