import type { Records, Table } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";

/** Brings a projected row up to date, when `next` says that there is news. Whether it did. */
export async function putNewer<Value>(
  records: Records,
  table: Table<Value>,
  id: string,
  next: (known: Value | undefined) => Value | undefined,
): Promise<boolean> {
  const row = await records.get(table, id);
  const value = next(row?.value);
  if (value === undefined) return false;
  const written = await records.put(table, id, value, row?.version ?? 0);
  if (written === "done") return true;
  throw new SallyportError({ code: "backbone.stale", detail: `another writer brought ${table.name} ${id} up to date` });
}
