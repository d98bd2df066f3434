import type { Records, Table } from "@sallyport/backbone";
import { refusal } from "@sallyport/contracts";
import { answer, refuse } from "../http/answer.ts";
import type { Answer, Refused } from "../http/answer.ts";

/** How many rows one call looks at, at most: who may see little of much gets pages with little on them. */
const LOOKS_AT_MOST = 2000;
const LAST = "\uffff";

export interface Paging<Value, Item> {
  readonly records: Records;
  readonly table: Table<Value>;
  readonly index: string;
  /** What the index text of every row of the list begins with. */
  readonly prefix: string;
  readonly limit: number;
  readonly cursor: string | undefined;
  /** The item that a row becomes; `undefined` when it is not in this list, or not for this caller. */
  readonly itemOf: (value: Value) => Promise<Item | undefined>;
  /** Path and query of this page. */
  readonly url: string;
}

/** One page of a list, in the order of an index, from behind the cursor on. */
export async function page<Value, Item>(paging: Paging<Value, Item>): Promise<Answer | Refused> {
  const { records, table, index, prefix, limit, itemOf } = paging;
  const textOf = (value: Value): string => table.indexes[index]?.(value) ?? "";
  let after = paging.cursor === undefined ? undefined : readCursor(paging.cursor, prefix);
  if (paging.cursor !== undefined && after === undefined)
    return refuse(
      refusal("request.invalid", "The cursor is not one of this list.", {
        field: "cursor",
        expected: "the cursor in the `next` of the page before",
      }),
    );
  const items: Item[] = [];
  for (let looked = 0; ;) {
    const chunk = limit + 1;
    const rows = await records.find(table, index, after ?? prefix, `${prefix}${LAST}`, chunk);
    const fresh = rows.filter(({ value }) => after === undefined || textOf(value) > after);
    for (const { value } of fresh) {
      if (items.length === limit || looked >= LOOKS_AT_MOST) return pageOf(items, after, paging.url);
      const item = await itemOf(value);
      if (item !== undefined) items.push(item);
      after = textOf(value);
      looked++;
    }
    if (rows.length < chunk || fresh.length === 0) return pageOf(items, undefined, paging.url);
  }
}

function pageOf(items: readonly unknown[], after: string | undefined, url: string): Answer {
  if (after === undefined) return answer(200, { items });
  const { pathname, searchParams } = new URL(url, "http://localhost");
  searchParams.set("cursor", Buffer.from(after).toString("base64url"));
  const next = `${pathname}?${searchParams.toString()}`;
  return answer(200, { items, next }, { Link: `<${next}>; rel="next"` });
}

/** A cursor that was made up must not lead into somebody else's list. */
function readCursor(cursor: string, prefix: string): string | undefined {
  const text = Buffer.from(cursor, "base64url").toString();
  return text.startsWith(prefix) && text.length <= 2048 ? text : undefined;
}
