import type { May } from "@sallyport/authorization";
import type { Table } from "@sallyport/backbone";
import { refusal } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer, refuse } from "../http/answer.ts";
import type { Answer, Refused } from "../http/answer.ts";
import { lookingBy } from "./looking.ts";
import { showUnjudged } from "./show-unjudged.ts";

/** How many rows one call looks at, at most: who may see little of much gets pages with little on them. */
const LOOKS_AT_MOST = 2000;
/** How long one call looks, in milliseconds, before it answers what it has: where lookups fail, each may take its time. */
const LOOKS_FOR_MS = 10_000;
const LAST = "\uffff";

export interface Paging<Value, Item> {
  readonly deps: Pick<HandlerDeps, "records" | "clock" | "may">;
  readonly table: Table<Value>;
  readonly index: string;
  /** What the index text of every row of the list begins with. */
  readonly prefix: string;
  readonly limit: number;
  readonly cursor: string | undefined;
  /**
   * The item that a row becomes; `undefined` when it is not in this list, or not for this caller. Rights are asked of this `may`: a row
   * that becomes nothing after one of its lookups failed is told as not judged.
   */
  readonly itemOf: (value: Value, may: May) => Promise<Item | undefined>;
  /** Path and query of this page. */
  readonly url: string;
}

/** One page of a list, in the order of an index, from behind the cursor on. */
export async function page<Value, Item>(paging: Paging<Value, Item>): Promise<Answer | Refused> {
  const { deps, table, index, prefix, limit, itemOf } = paging;
  const { records, clock, may } = deps;
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
  const since = clock.elapsed();
  let unjudged = 0;
  const pageUpTo = (last: string | undefined) => pageOf({ items, ...showUnjudged(unjudged) }, last, paging.url);
  for (let looked = 0; ;) {
    const chunk = limit + 1;
    const rows = await records.find(table, index, after ?? prefix, `${prefix}${LAST}`, chunk);
    const fresh = rows.filter(({ value }) => after === undefined || textOf(value) > after);
    for (const { value } of fresh) {
      const isLong = looked >= LOOKS_AT_MOST || (looked > 0 && clock.elapsed() - since >= LOOKS_FOR_MS);
      if (items.length === limit || isLong) return pageUpTo(after);
      const looking = lookingBy(may);
      const item = await itemOf(value, looking.may);
      if (item !== undefined) items.push(item);
      else if (looking.failure() !== undefined) unjudged++;
      after = textOf(value);
      looked++;
    }
    if (rows.length < chunk || fresh.length === 0) return pageUpTo(undefined);
  }
}

function pageOf(page: object, after: string | undefined, url: string): Answer {
  if (after === undefined) return answer(200, page);
  const { pathname, searchParams } = new URL(url, "http://localhost");
  searchParams.set("cursor", Buffer.from(after).toString("base64url"));
  const next = `${pathname}?${searchParams.toString()}`;
  return answer(200, { ...page, next }, { Link: `<${next}>; rel="next"` });
}

/** A cursor that was made up must not lead into somebody else's list. */
function readCursor(cursor: string, prefix: string): string | undefined {
  const text = Buffer.from(cursor, "base64url").toString();
  return text.startsWith(prefix) && text.length <= 2048 ? text : undefined;
}
