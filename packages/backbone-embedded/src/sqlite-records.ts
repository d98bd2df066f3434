import type { Records, Row, Table, Written } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import { msOf } from "@sallyport/contracts";
import type { EmbeddedStore } from "./embedded-store.ts";
import { never } from "./never.ts";
import { numberIn, textIn } from "./sql.ts";
import type { Sql, SqlReader, SqlRow } from "./sql.ts";

/** How often, at most, a write also removes what has expired; reading never sees it. */
const SWEEP_EVERY_MS = 60_000;
const SWEEP_AT_MOST = 500;

export interface SqliteRecords extends Records {
  /** As a kill would: what was asked for never answers. */
  readonly abandon: () => void;
}

export function createSqliteRecords(store: EmbeddedStore, { clock }: { readonly clock: Clock }): SqliteRecords {
  let abandoned = false;
  let sweptAt = Number.NEGATIVE_INFINITY;

  const versionNow = (sql: SqlReader, table: string, id: string, now: number) => {
    const row = sql.first(
      "SELECT version FROM entries WHERE store = ? AND id = ? AND (expires IS NULL OR expires > ?)",
      [table, id, now],
    );
    return row === undefined ? 0 : numberIn(row, "version");
  };
  const take = (sql: Sql, table: string, id: string) => {
    sql.run("DELETE FROM entry_index WHERE store = ? AND id = ?", [table, id]);
    sql.run("DELETE FROM entries WHERE store = ? AND id = ?", [table, id]);
  };
  const sweep = (sql: Sql, now: number) => {
    for (const row of sql.all("SELECT store, id FROM entries WHERE expires <= ? LIMIT ?", [now, SWEEP_AT_MOST]))
      take(sql, textIn(row, "store"), textIn(row, "id"));
  };

  const write = async (change: (sql: Sql, now: number) => Written): Promise<Written> => {
    if (abandoned) return never();
    const now = msOf(clock.now());
    const sweepsNow = now - sweptAt >= SWEEP_EVERY_MS;
    if (sweepsNow) sweptAt = now;
    const written = await store.write((sql) => {
      if (sweepsNow) sweep(sql, now);
      return change(sql, now);
    });
    return abandoned ? never() : written;
  };

  return {
    get: async (table, id) => {
      if (abandoned) return never();
      const row = store.read.first(
        "SELECT id, version, value FROM entries WHERE store = ? AND id = ? AND (expires IS NULL OR expires > ?)",
        [table.name, id, msOf(clock.now())],
      );
      return row === undefined ? undefined : rowOf(table, row);
    },

    put: (table, id, value, expectedVersion) => {
      const json = JSON.stringify(value);
      const indexed = Object.entries(table.indexes).map(([name, textOf]) => [name, textOf(value)] as const);
      const keepFor = table.expiresAfter(value);
      return write((sql, now) => {
        if (versionNow(sql, table.name, id, now) !== expectedVersion) return "stale";
        take(sql, table.name, id);
        const expires = keepFor === undefined ? null : now + keepFor * 1000;
        sql.run("INSERT INTO entries (store, id, version, value, expires) VALUES (?, ?, ?, ?, ?)", [
          table.name,
          id,
          expectedVersion + 1,
          json,
          expires,
        ]);
        for (const [name, text] of indexed)
          if (text !== undefined)
            sql.run("INSERT INTO entry_index (store, name, text, id) VALUES (?, ?, ?, ?)", [
              table.name,
              name,
              text,
              id,
            ]);
        return "done";
      });
    },

    remove: (table, id, expectedVersion) =>
      write((sql, now) => {
        if (versionNow(sql, table.name, id, now) !== expectedVersion) return "stale";
        take(sql, table.name, id);
        return "done";
      }),

    find: async (table, index, from, to, limit = 1000) => {
      if (!(index in table.indexes)) throw new Error(`${table.name} has no index ${index}`);
      if (abandoned) return never();
      return store.read
        .all(
          `SELECT e.id, e.version, e.value FROM entry_index i JOIN entries e ON e.store = i.store AND e.id = i.id
           WHERE i.store = ? AND i.name = ? AND i.text >= ? AND i.text <= ? AND (e.expires IS NULL OR e.expires > ?)
           ORDER BY i.text, i.id LIMIT ?`,
          [table.name, index, from, to, msOf(clock.now()), limit],
        )
        .map((row) => rowOf(table, row));
    },

    close: async () => {},

    abandon: () => {
      abandoned = true;
    },
  };
}

const rowOf = <Value>(table: Table<Value>, row: SqlRow): Row<Value> => ({
  id: textIn(row, "id"),
  value: table.schema.parse(JSON.parse(textIn(row, "value"))),
  version: numberIn(row, "version"),
});
