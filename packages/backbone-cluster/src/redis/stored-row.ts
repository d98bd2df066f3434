import type { Row, Table } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import { z } from "zod";

/**
 * A row as it is stored: its version, the texts by which it stands in its indexes, and its value, each of both as JSON, one line each. The scripts read the
 * first two; so an entry of an index goes with its row although only the row knows it.
 */
export interface StoredRow {
  readonly version: number;
  readonly texts: string;
  readonly json: string;
}

const Texts = z.record(z.string(), z.string());

export function readStored(stored: string): StoredRow {
  const [first, second] = [stored.indexOf("\n"), stored.indexOf("\n", stored.indexOf("\n") + 1)];
  return {
    version: Number(stored.slice(0, first)),
    texts: stored.slice(first + 1, second),
    json: stored.slice(second + 1),
  };
}

/** What the row stands under in an index. */
export const textIn = ({ texts }: StoredRow, index: string): string | undefined =>
  Texts.parse(JSON.parse(texts))[index];

/** Everything but the version, which the script counts. */
export const writeStored = (texts: Readonly<Record<string, string>>, json: string): string =>
  `${JSON.stringify(texts)}\n${json}`;

/** The row, brought up to date by the table's schema. A row that cannot be read is a fault that names it. */
export function rowOf<Value>(table: Table<Value>, id: string, stored: string): Row<Value> {
  try {
    const { version, json } = readStored(stored);
    return { id, value: table.schema.parse(JSON.parse(json)), version };
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : "it is not JSON";
    throw new SallyportError({
      code: "internal.bug",
      detail: `the row ${id} of ${table.name} cannot be read: ${why}`,
      cause,
    });
  }
}

/** What the row stands under in each of the table's indexes. */
export function textsOf<Value>(table: Table<Value>, value: Value): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [index, textOf] of Object.entries(table.indexes)) {
    const text = textOf(value);
    if (text === undefined) continue;
    if (text.includes("\0"))
      throw new Error(`the text of ${index} in ${table.name} holds a NUL, which ends it in the index`);
    texts[index] = text;
  }
  return texts;
}
