import type { Records, Row, Table, Written } from "@sallyport/backbone";
import type { Redis } from "ioredis";
import { dropEntryScript, putScript, removeScript } from "./records-scripts.ts";
import { inRedis } from "./redis-fault.ts";
import { runScript } from "./run-script.ts";
import { readStored, rowOf, textIn, textsOf, writeStored } from "./stored-row.ts";

/** How many entries of an index are looked at in one go. */
const PAGE = 1000;

export interface RedisRecordsDeps {
  /** Fails at once while the server is away; belongs to the caller, who closes it. */
  readonly redis: Redis;
  /** Set before every key, between braces: all keys are in one slot of a Redis Cluster, as the scripts need. */
  readonly prefix?: string;
}

/** Records over Redis or Valkey; a put and its indexes are one script. Throws `backbone.unavailable` quickly while the server is away. */
export function createRedisRecords({ redis, prefix = "sallyport" }: RedisRecordsDeps): Records {
  const rowKey = (table: string, id: string) => `{${prefix}}:row:${table}:${id}`;
  const indexKey = (table: string, index: string) => `{${prefix}}:index:${table}:${index}`;
  const keysOf = <Value>(table: Table<Value>, id: string, names: readonly string[]) => [
    rowKey(table.name, id),
    ...names.map((name) => indexKey(table.name, name)),
  ];
  const written = (answer: unknown): Written => (answer === 1 ? "done" : "stale");

  /** One page of an index: its entries, and the rows that still stand behind them. */
  const page = async <Value>(
    table: Table<Value>,
    index: string,
    { min, max, offset, size }: { min: string; max: string; offset: number; size: number },
  ) => {
    const key = indexKey(table.name, index);
    const entries = (await redis.zrangebylex(key, min, max, "LIMIT", offset, size)).map(entryOf);
    if (entries.length === 0) return { seen: 0, dropped: 0, rows: [] };
    const stored = await redis.mget(entries.map(({ id }) => rowKey(table.name, id)));
    const rows: Row<Value>[] = [];
    const gone: typeof entries = [];
    for (const [i, entry] of entries.entries()) {
      const row = stored[i] ?? undefined;
      if (row !== undefined && textIn(readStored(row), index) === entry.text) rows.push(rowOf(table, entry.id, row));
      else gone.push(entry);
    }
    const answers = await Promise.all(
      gone.map(({ text, id }) => runScript(redis, dropEntryScript, [rowKey(table.name, id), key], [id, text, index])),
    );
    return { seen: entries.length, dropped: answers.filter((answer) => answer === 1).length, rows };
  };

  return {
    get: (table, id) =>
      inRedis(`reading ${table.name}`, async () => {
        const stored = await redis.get(rowKey(table.name, id));
        return stored === null ? undefined : rowOf(table, id, stored);
      }),

    put: (table, id, value, expectedVersion) => {
      const names = Object.keys(table.indexes);
      const body = writeStored(textsOf(table, value), JSON.stringify(value));
      const keepFor = table.expiresAfter(value);
      const toLive = keepFor === undefined ? "" : String(Math.max(1, keepFor * 1000));
      return inRedis(`writing ${table.name}`, async () =>
        written(
          await runScript(redis, putScript, keysOf(table, id, names), [id, expectedVersion, body, toLive, ...names]),
        ),
      );
    },

    remove: (table, id, expectedVersion) => {
      const names = Object.keys(table.indexes);
      return inRedis(`removing from ${table.name}`, async () =>
        written(await runScript(redis, removeScript, keysOf(table, id, names), [id, expectedVersion, ...names])),
      );
    },

    find: async (table, index, from, to, limit = 1000) => {
      if (!Object.hasOwn(table.indexes, index)) throw new Error(`${table.name} has no index ${index}`);
      return inRedis(`finding in ${table.name}`, async () => {
        const found: Row<Parameters<(typeof table)["expiresAfter"]>[0]>[] = [];
        // Members are text NUL id, and no text holds a NUL: so this is every text from `from` to `to`, both included.
        const range = { min: `[${from}`, max: `(${to}\u0001` };
        for (let offset = 0; found.length < limit;) {
          const size = Math.min(PAGE, limit - found.length);
          const { seen, dropped, rows } = await page(table, index, { ...range, offset, size });
          found.push(...rows);
          if (seen < size) break;
          offset += seen - dropped;
        }
        return found;
      });
    },

    close: async () => {},
  };
}

function entryOf(member: string) {
  const end = member.indexOf("\0");
  return { text: member.slice(0, end), id: member.slice(end + 1) };
}
