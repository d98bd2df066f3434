import type { ActionCall } from "./action.ts";
import { invalid, isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

export interface Page<T> {
  readonly items: readonly T[];
  readonly NextToken?: string;
}

export interface PageSizes {
  /** Bounds of `MaxResults`: 5 and 1000 where not said. */
  readonly least?: number;
  readonly most?: number;
  /** How many come when nobody asks for pages; all where not said. */
  readonly unasked?: number;
  /** The parameter that must not come with `MaxResults`. */
  readonly alone?: { readonly parameter: string; readonly called: string };
}

/** One page of a list, in the order of ids, so that what appears or disappears between two pages moves nothing. */
export function pageOf<T>(
  { query }: ActionCall,
  items: readonly T[],
  idOf: (item: T) => string,
  { least = 5, most = 1000, unasked = Number.POSITIVE_INFINITY, alone }: PageSizes = {},
): Page<T> | Refusal {
  const size = sizeOf(query.text("MaxResults"), least, most);
  if (typeof size === "object") return size;
  if (size !== undefined && alone !== undefined && query.has(alone.parameter))
    return refuse(
      "InvalidParameterCombination",
      `The parameter ${alone.called} cannot be used with the parameter maxResults`,
    );
  const kind = query.text("Action") ?? "";
  const token = query.text("NextToken");
  const after = token === undefined || token === "" ? "" : afterOf(kind, token);
  if (after === undefined) return refuse("InvalidNextToken", "The specified token is not valid");
  const rest = items
    .map((item) => ({ item, id: idOf(item) }))
    .filter(({ id }) => id > after)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const taken = rest.slice(0, size ?? unasked);
  const last = taken.at(-1)?.id;
  return {
    items: taken.map(({ item }) => item),
    ...(taken.length < rest.length && last !== undefined && { NextToken: tokenOf(kind, last) }),
  };
}

/** Answers a page under the member's name, or refuses. */
export const answerPage = <T>(
  page: Page<T> | Refusal,
  show: (items: readonly T[]) => Readonly<Record<string, unknown>>,
): { readonly refused: Refusal } | { readonly answer: Readonly<Record<string, unknown>> } =>
  isRefusal(page) ? { refused: page } : { answer: { ...show(page.items), NextToken: page.NextToken } };

function sizeOf(text: string | undefined, least: number, most: number): number | undefined | Refusal {
  if (text === undefined) return undefined;
  const size = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(size)) return invalid(`Value ( ${text} ) for parameter maxResults is invalid. Expecting a number.`);
  if (size < least)
    return invalid(`Value ( ${size} ) for parameter maxResults is invalid. Expecting a value greater than ${least}.`);
  if (size > most)
    return invalid(`Value ( ${size} ) for parameter maxResults is invalid. Expecting a value less than ${most}.`);
  return size;
}

const tokenOf = (kind: string, after: string): string => Buffer.from(`${kind} ${after}`).toString("base64url");

function afterOf(kind: string, token: string): string | undefined {
  const text = Buffer.from(token, "base64url").toString("utf8");
  return text.startsWith(`${kind} `) && text.length > kind.length + 1 ? text.slice(kind.length + 1) : undefined;
}
