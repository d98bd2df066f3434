/** What may be bound to a `?`. Anything else ends the process or is stored as NULL inside native code (libsql), so it stops here. */
export type Bind = string | number | null;

/** One row of a result. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** Reading, outside or inside a transaction. Complete at once: no cursor stays open. */
export interface SqlReader {
  readonly all: (sql: string, binds?: readonly Bind[]) => readonly SqlRow[];
  readonly first: (sql: string, binds?: readonly Bind[]) => SqlRow | undefined;
}

/** Reading and writing inside a transaction. */
export interface Sql extends SqlReader {
  /** Answers how many rows were changed. */
  readonly run: (sql: string, binds?: readonly Bind[]) => number;
}

/** Throws for what libsql would abort the process on, or silently store as something else. */
export function checkedBinds(binds: readonly unknown[]): Bind[] {
  return binds.map((bind, at) => {
    if (typeof bind === "string" || bind === null) return bind;
    if (typeof bind === "number" && Number.isFinite(bind)) return bind;
    throw new TypeError(`bind ${at} is ${typeof bind}: only text, finite numbers and null reach the database`);
  });
}

export function textIn(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new TypeError(`column ${column} holds no text`);
  return value;
}

export function numberIn(row: SqlRow, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw new TypeError(`column ${column} holds no number`);
  return value;
}
