import type { Records, Table } from "@sallyport/backbone";

const CHUNK = 500;
const LAST = "\uffff";

/** Every row of an index whose text begins with one of the prefixes, in that order; those behind `after`, where it is given. */
export async function* eachUnder<Value>(
  records: Records,
  table: Table<Value>,
  index: string,
  prefixes: readonly string[],
  after?: string,
): AsyncGenerator<Value, void, undefined> {
  const textOf = (value: Value): string => table.indexes[index]?.(value) ?? "";
  const start =
    after === undefined
      ? 0
      : Math.max(
          0,
          prefixes.findIndex((prefix) => after.startsWith(prefix)),
        );
  for (const prefix of prefixes.slice(start)) {
    let last = after?.startsWith(prefix) ? after : undefined;
    for (;;) {
      const rows = await records.find(table, index, last ?? prefix, `${prefix}${LAST}`, CHUNK);
      const fresh = rows.filter(({ value }) => last === undefined || textOf(value) > last);
      for (const { value } of fresh) yield value;
      const end = fresh.at(-1);
      if (rows.length < CHUNK || end === undefined) break;
      last = textOf(end.value);
    }
  }
}
