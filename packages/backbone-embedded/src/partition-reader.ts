import { backoffMs, wordsOf } from "@sallyport/backbone";
import type { Clock, Handle, Interest, Observe, Random } from "@sallyport/backbone";
import { isRetryable, msOf, open, SallyportError } from "@sallyport/contracts";
import type { SallyportEvent, Topic } from "@sallyport/contracts";
import type { EmbeddedStore } from "./embedded-store.ts";
import { createPause } from "./pause.ts";
import { numberIn, textIn } from "./sql.ts";
import type { SqlRow } from "./sql.ts";

/** How often a handler that fails for no retryable reason is tried before the message is a dead letter (settled.md §3). */
const TRIES_OF_A_BUG = 5;
/** How many messages are handled between two commits of the position: after a crash, at most so many come again. */
const BATCH = 32;

export interface ReaderDeps {
  readonly store: EmbeddedStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: Observe;
}

export interface PartitionReader {
  /** Something new may be there. */
  readonly wake: () => void;
  /** Waits for the handler that is running, commits, and starts nothing new. */
  readonly close: () => Promise<void>;
  /** As a kill would: a running handler is never heard of again, and its message comes again. */
  readonly abandon: () => void;
}

export const channelOf = (topic: string, partition: number): string => `log ${topic} ${partition}`;

/** `stopped`: closed in the middle, so the message was not dealt with. */
type Dealt =
  { readonly kind: "handled" } | { readonly kind: "dead"; readonly reason: string } | { readonly kind: "stopped" };

/** Hands one partition of a topic to one group, in order, one message at a time. */
export function createPartitionReader(
  { store, clock, random, observe }: ReaderDeps,
  {
    group,
    topic,
    partition,
    handle,
    interest,
  }: { group: string; topic: Topic; partition: number; handle: Handle; interest: Interest | undefined },
): PartitionReader {
  const claim = `${group} ${topic} ${partition}`;
  const pause = createPause(clock);
  const self = {};
  let stopping = false;
  let abandoned = false;
  let wokenMeanwhile = false;
  let draining: Promise<void> | undefined;

  const position = () => {
    const row = store.read.first("SELECT position FROM reached WHERE consumers = ? AND topic = ? AND partition = ?", [
      group,
      topic,
      partition,
    ]);
    return row === undefined ? 0 : numberIn(row, "position");
  };
  const after = (reached: number) =>
    store.read.all(
      "SELECT position, key, bytes FROM log WHERE topic = ? AND partition = ? AND position > ? ORDER BY position LIMIT ?",
      [topic, partition, reached, BATCH],
    );
  const commit = (reached: number, dead?: { readonly message: SqlRow; readonly reason: string }) =>
    store.write((sql) => {
      if (dead !== undefined)
        sql.run("INSERT INTO dead_letters (topic, key, consumers, bytes, reason, at) VALUES (?, ?, ?, ?, ?, ?)", [
          topic,
          textIn(dead.message, "key"),
          group,
          textIn(dead.message, "bytes"),
          dead.reason,
          msOf(clock.now()),
        ]);
      sql.run(
        `INSERT INTO reached (consumers, topic, partition, position) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET position = max(position, excluded.position)`,
        [group, topic, partition, reached],
      );
    });

  const deal = async (message: SqlRow): Promise<Dealt> => {
    if (interest?.concerns?.(textIn(message, "key")) === false) return { kind: "handled" };
    let event: SallyportEvent;
    try {
      event = open(textIn(message, "bytes"));
    } catch (fault) {
      if (!(fault instanceof SallyportError)) throw fault;
      return { kind: "dead", reason: `${fault.code}: ${fault.message}` };
    }
    for (let tries = 1, bugs = 0; ; tries++) {
      if (stopping) return { kind: "stopped" };
      try {
        await handle(event);
        return { kind: "handled" };
      } catch (fault) {
        if (abandoned) return { kind: "stopped" };
        if (!isRetryable(fault)) bugs++;
        if (bugs >= TRIES_OF_A_BUG) return { kind: "dead", reason: wordsOf(fault) };
        const waitMs = backoffMs(tries, random);
        observe({ kind: "held", group, topic, key: event.subject, tries, waitMs, fault });
        if (!stopping) await pause.wait(waitMs);
      }
    }
  };

  /** Handles what is there. */
  const drain = async () => {
    for (let reached = position(); !stopping;) {
      const messages = after(reached);
      if (messages.length === 0) return;
      let committed = reached;
      for (const message of messages) {
        const dealt = await deal(message);
        if (abandoned) return;
        if (dealt.kind === "stopped") break;
        reached = numberIn(message, "position");
        if (dealt.kind === "dead") {
          await commit(reached, { message, reason: dealt.reason });
          committed = reached;
          observe({ kind: "dead-letter", group, topic, key: textIn(message, "key"), reason: dealt.reason });
        }
      }
      if (reached > committed) await commit(reached);
    }
  };

  const run = async () => {
    let faults = 0;
    do {
      wokenMeanwhile = false;
      try {
        await drain();
        faults = 0;
      } catch (fault) {
        observe({ kind: "unavailable", what: `the log of ${topic}`, fault });
        if (!stopping) await pause.wait(backoffMs(++faults, random));
        wokenMeanwhile = true;
      }
    } while (wokenMeanwhile && !stopping);
    draining = undefined;
    store.claims.give(claim, self);
    if (stopping) store.wakeUps.raise(channelOf(topic, partition));
  };

  return {
    wake: () => {
      wokenMeanwhile = true;
      if (stopping || draining !== undefined || !store.claims.take(claim, self)) return;
      draining = Promise.resolve().then(run);
    },
    close: async () => {
      stopping = true;
      pause.cutShort();
      await draining;
    },
    abandon: () => {
      stopping = true;
      abandoned = true;
      pause.cancel();
      store.claims.give(claim, self);
      store.wakeUps.raise(channelOf(topic, partition));
    },
  };
}
