import type { Seconds } from "@sallyport/contracts";
import type { z } from "zod";

/** A table, declared once as a value; both adapters serve it. Owned by one service, whose name it begins with. */
export interface Table<Value> {
  /** `<owner>.<noun>`, e.g. `enforcer-azure.grants`. */
  readonly name: string;
  /** What a row is; parsed when it is read, so that an old row is brought up to date in one place. */
  readonly schema: z.ZodType<Value>;
  /** What rows can be found by: text that sorts as it should, or nothing when the row is not in this index. */
  readonly indexes: Readonly<Record<string, (value: Value) => string | undefined>>;
  /** How long a row is kept once this says so; `undefined` while it must stay. */
  readonly expiresAfter: (value: Value) => Seconds | undefined;
}

export const defineTable = <Value>(table: Table<Value>): Table<Value> => table;

export interface Row<Value> {
  readonly id: string;
  readonly value: Value;
  /** Counts the writes of this row, from 1. */
  readonly version: number;
}

/** `stale`: somebody else wrote in between; read again. */
export type Written = "done" | "stale";

/** What services remember: rows with optimistic concurrency, and ranges over declared indexes. Durable when it answers. */
export interface Records {
  readonly get: <Value>(table: Table<Value>, id: string) => Promise<Row<Value> | undefined>;
  /** `expectedVersion` 0: the row must not exist yet. */
  readonly put: <Value>(table: Table<Value>, id: string, value: Value, expectedVersion: number) => Promise<Written>;
  readonly remove: <Value>(table: Table<Value>, id: string, expectedVersion: number) => Promise<Written>;
  /** Rows whose index text is in `[from, to]`, in that order, at most `limit` (default 1000). */
  readonly find: <Value>(
    table: Table<Value>,
    index: string,
    from: string,
    to: string,
    limit?: number,
  ) => Promise<readonly Row<Value>[]>;
  readonly close: () => Promise<void>;
}
