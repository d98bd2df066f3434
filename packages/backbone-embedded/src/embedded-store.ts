import { SallyportError } from "@sallyport/contracts";
import Database from "libsql";
import { lockFile } from "./file-lock.ts";
import { schema } from "./schema.ts";
import { checkedBinds } from "./sql.ts";
import type { Sql, SqlReader, SqlRow } from "./sql.ts";
import { createClaims, createWakeUps } from "./wake-ups.ts";
import type { Claims, WakeUps } from "./wake-ups.ts";

/** One open database. Several sets of ports may stand on it, one after the other or side by side. */
export interface EmbeddedStore {
  readonly read: SqlReader;
  /**
   * Runs `change` in an immediate transaction and resolves once it is durable. Changes asked for at the same time share one
   * transaction, and so one fsync. `change` does nothing but SQL: when one of its neighbours throws, it is run again by itself.
   */
  readonly write: <Result>(change: (sql: Sql) => Result) => Promise<Result>;
  readonly wakeUps: WakeUps;
  readonly claims: Claims;
  readonly close: () => void;
}

export interface EmbeddedOptions {
  /** A path, or `:memory:`. */
  readonly file: string;
  /** How long to wait for another process that has the file: a predecessor may just be ending. */
  readonly patienceMs?: number;
  /** What to do when going on could lose acknowledged writes (libsql after `SQLITE_BUSY`): end the process. */
  readonly fatal?: (fault: Error) => void;
}

interface Change {
  readonly make: (sql: Sql) => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (fault: unknown) => void;
}

/**
 * Opens the file, creating what is missing; all rules of libsql are kept here and nowhere else. Throws `configuration.invalid` when
 * another process has it. Jobs that a former process held are due again at once.
 */
export function openEmbedded({ file, patienceMs = 5000, fatal = endProcess }: EmbeddedOptions): EmbeddedStore {
  const inMemory = file === ":memory:";
  const unlock = inMemory ? () => {} : lockFile(file, patienceMs);
  const db = new Database(file, { timeout: patienceMs });
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");

  const statements = new Map<string, ReturnType<typeof db.prepare>>();
  const prepared = (sql: string) => {
    const known = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  const all: Sql["all"] = (sql, binds = []) => prepared(sql).all(checkedBinds(binds)) as SqlRow[];
  const reading =
    <Args extends readonly unknown[], Result>(read: (...args: Args) => Result) =>
    (...args: Args): Result => {
      try {
        return read(...args);
      } catch (fault) {
        throw translated(fault);
      }
    };
  const sql: Sql = {
    all,
    first: (text, binds) => all(text, binds)[0],
    run: (text, binds = []) => prepared(text).run(checkedBinds(binds)).changes,
  };

  const inTransaction = <Result>(run: () => Result): Result => {
    try {
      return db.transaction(run).immediate();
    } catch (fault) {
      if (fault instanceof Database.SqliteError && fault.code.startsWith("SQLITE_BUSY")) fatal(fault);
      throw translated(fault);
    }
  };

  inTransaction(() => {
    db.exec(schema);
    sql.run("UPDATE jobs SET due = wanted, held = 0 WHERE held = 1");
  });

  let waiting: Change[] = [];
  let closed = false;

  const commit = (changes: readonly Change[]) => {
    try {
      const results = inTransaction(() => changes.map(({ make }) => make(sql)));
      for (const [i, { resolve }] of changes.entries()) resolve(results[i]);
    } catch (fault) {
      const [only, ...others] = changes;
      if (others.length === 0) only?.reject(fault);
      else for (const change of changes) commit([change]);
    }
  };
  const flush = () => {
    const changes = waiting;
    waiting = [];
    if (closed) for (const { reject } of changes) reject(new Error("the store is closed"));
    else commit(changes);
  };
  // On disk the whole turn of the loop shares an fsync; in memory there is none to share, and microtasks keep simulations short.
  const soon = inMemory ? queueMicrotask : setImmediate;

  return {
    read: { all: reading(sql.all), first: reading(sql.first) },
    write: <Result>(make: (sql: Sql) => Result) =>
      new Promise<Result>((resolve, reject) => {
        if (waiting.length === 0) soon(flush);
        // `resolve` gets what `make` answers; the list of changes cannot say so.
        waiting.push({ make, resolve: resolve as (result: unknown) => void, reject });
      }),
    wakeUps: createWakeUps(),
    claims: createClaims(),
    close: () => {
      if (closed) return;
      closed = true;
      db.close();
      unlock();
    },
  };
}

/** A fault of the file, in our own words; anything else is as it was. */
const translated = (fault: unknown): unknown =>
  fault instanceof Database.SqliteError
    ? new SallyportError({ code: "backbone.unavailable", detail: `${fault.code}: ${fault.message}`, cause: fault })
    : fault;

function endProcess(fault: Error): never {
  process.stderr.write(
    `the database file is busy although this process owns it; ending rather than losing writes: ${fault.message}\n`,
  );
  process.exit(70);
}
