import type { Records, Table } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";

const TRIES = 20;

/**
 * Changes a row, or makes it, whoever else is writing it: topics have no order between them, and replicas share the rows. What
 * `change` returns unchanged is not written.
 */
export async function upsert<Value>(
  records: Records,
  table: Table<Value>,
  id: string,
  change: (value: Value | undefined) => Value | undefined,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const row = await records.get(table, id);
    const next = change(row?.value);
    if (next === undefined || next === row?.value) return;
    if ((await records.put(table, id, next, row?.version ?? 0)) === "done") return;
  }
  throw new SallyportError({
    code: "backbone.stale",
    detail: `${table.name} ${id} is written too often to be changed`,
  });
}
