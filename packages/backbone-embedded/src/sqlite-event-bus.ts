import type { Clock, DeadLetter, EventBus, Observe, Random, Running } from "@sallyport/backbone";
import { msOf, open, SallyportError, topicOf } from "@sallyport/contracts";
import type { SallyportEvent, Topic } from "@sallyport/contracts";
import type { EmbeddedStore } from "./embedded-store.ts";
import { never } from "./never.ts";
import { PARTITIONS, partitionOf } from "./partition-of.ts";
import { channelOf, createPartitionReader } from "./partition-reader.ts";
import { numberIn, textIn } from "./sql.ts";
import type { SqlRow } from "./sql.ts";
import { trimLog } from "./trim-log.ts";

const PAGE = 200;
const TRIM_EVERY_MS = 3_600_000;

export interface SqliteEventBusDeps {
  readonly clock: Clock;
  readonly random?: Random;
  readonly observe?: Observe;
  /** How long messages are kept: longer than the longest grant and the longest outage to be survived. Default 30 days. */
  readonly retentionMs?: number;
}

export interface SqliteEventBus extends EventBus {
  /** As a kill would: no handler is heard of again, nothing is committed, and what was asked for never answers. */
  readonly abandon: () => void;
}

export function createSqliteEventBus(
  store: EmbeddedStore,
  { clock, random = Math.random, observe = () => {}, retentionMs = 30 * 86_400_000 }: SqliteEventBusDeps,
): SqliteEventBus {
  const subscriptions = new Set<Running & { readonly abandon: () => void }>();
  let abandoned = false;
  let trimmedAt = msOf(clock.now());

  const publish = async (events: readonly SallyportEvent[]): Promise<void> => {
    if (abandoned) return never();
    const messages = events.map(messageOf);
    const now = msOf(clock.now());
    const trims = now - trimmedAt >= TRIM_EVERY_MS;
    if (trims) trimmedAt = now;
    await store.write((sql) => {
      if (trims) trimLog(sql, now - retentionMs);
      for (const { topic, partition, key, bytes } of messages)
        sql.run("INSERT INTO log (topic, partition, key, bytes, at) VALUES (?, ?, ?, ?, ?)", [
          topic,
          partition,
          key,
          bytes,
          now,
        ]);
    });
    for (const channel of new Set(messages.map(({ topic, partition }) => channelOf(topic, partition))))
      store.wakeUps.raise(channel);
    return abandoned ? never() : undefined;
  };

  const subscribe: EventBus["subscribe"] = async (group, topics, handle, interest) => {
    if (abandoned) return never();
    const parts = topics.flatMap((topic) =>
      Array.from({ length: PARTITIONS }, (_, partition) => {
        const reader = createPartitionReader(
          { store, clock, random, observe },
          { group, topic, partition, handle, interest },
        );
        return { reader, unlisten: store.wakeUps.listen(channelOf(topic, partition), reader.wake) };
      }),
    );
    const subscription = {
      close: async () => {
        subscriptions.delete(subscription);
        for (const { unlisten } of parts) unlisten();
        await Promise.all(parts.map(({ reader }) => reader.close()));
      },
      abandon: () => {
        for (const { unlisten, reader } of parts) {
          unlisten();
          reader.abandon();
        }
      },
    };
    subscriptions.add(subscription);
    for (const { reader } of parts) reader.wake();
    return { close: subscription.close };
  };

  /** Rows of a table that only grows, page by page, up to what was its end when this was called. */
  const upToNow = (table: "log" | "dead_letters", topic?: Topic): AsyncIterable<SqlRow> => {
    const end = numberIn(store.read.first(`SELECT coalesce(max(position), 0) AS n FROM ${table}`) ?? { n: 0 }, "n");
    const where = topic === undefined ? "" : "AND topic = ?";
    return (async function* () {
      for (let reached = 0; ;) {
        if (abandoned) await never();
        const page = store.read.all(
          `SELECT * FROM ${table} WHERE position > ? AND position <= ? ${where} ORDER BY position LIMIT ?`,
          [reached, end, ...(topic === undefined ? [] : [topic]), PAGE],
        );
        yield* page;
        const last = page.at(-1);
        if (last === undefined) return;
        reached = numberIn(last, "position");
      }
    })();
  };

  const replay = (topic: Topic): AsyncIterable<SallyportEvent> => {
    const rows = upToNow("log", topic);
    return (async function* () {
      for await (const row of rows) {
        const event = readOrSkip(textIn(row, "bytes"));
        if (event !== undefined) yield event;
      }
    })();
  };

  const deadLetters = (): AsyncIterable<DeadLetter> => {
    const rows = upToNow("dead_letters");
    return (async function* () {
      for await (const row of rows)
        yield {
          bytes: textIn(row, "bytes"),
          topic: textIn(row, "topic"),
          key: textIn(row, "key"),
          group: textIn(row, "consumers"),
          reason: textIn(row, "reason"),
        };
    })();
  };

  return {
    publish,
    subscribe,
    replay,
    deadLetters,
    close: async () => {
      if (abandoned) return never();
      await Promise.all([...subscriptions].map(({ close }) => close()));
    },
    abandon: () => {
      abandoned = true;
      for (const subscription of subscriptions) subscription.abandon();
    },
  };
}

/** The event as it is stored. Throws for what nobody could read: it is refused where it is made, not where it arrives. */
function messageOf(event: SallyportEvent) {
  const bytes = JSON.stringify(event);
  open(bytes);
  return { topic: topicOf(event.type), partition: partitionOf(event.subject), key: event.subject, bytes };
}

/** What cannot be read is a dead letter of every group that met it; who reads the past goes on without it. */
function readOrSkip(bytes: string): SallyportEvent | undefined {
  try {
    return open(bytes);
  } catch (fault) {
    if (fault instanceof SallyportError) return undefined;
    throw fault;
  }
}
