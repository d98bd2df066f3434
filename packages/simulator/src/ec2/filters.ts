import type { Tag } from "../world/aws/describe.ts";
import type { Query } from "./query.ts";
import { invalid, isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

/** Filter name → the values of an item that it looks at. */
export type Fields<T> = Readonly<Record<string, (item: T) => readonly (string | number | boolean | undefined)[]>>;

const MOST_VALUES = 200;

/**
 * The items that pass every `Filter.N`: one of a filter's values equals one of the item's, `*` and `?` standing for anything. With
 * `tagsOf`, `tag:<key>` and `tag-key` are known as well. An unknown filter is refused.
 */
export function filtered<T>(
  query: Query,
  items: readonly T[],
  fields: Fields<T>,
  tagsOf?: (item: T) => readonly Tag[],
): readonly T[] | Refusal {
  let left = items;
  for (const filter of query.list("Filter")) {
    const name = filter.text("Name") ?? "null";
    const valuesOf = readerOf(name, fields, tagsOf);
    if (isRefusal(valuesOf)) return valuesOf;
    const values = filter.texts("Value");
    if (values.length > MOST_VALUES)
      return refuse(
        "FilterLimitExceeded",
        `The maximum number of filter values specified on a single call is ${MOST_VALUES}`,
      );
    const wanted = values.map(matcherOf);
    left = left.filter((item) =>
      valuesOf(item).some((value) => value !== undefined && wanted.some((matches) => matches(String(value)))),
    );
  }
  return left;
}

function readerOf<T>(
  name: string,
  fields: Fields<T>,
  tagsOf: ((item: T) => readonly Tag[]) | undefined,
): Fields<T>[string] | Refusal {
  const own = fields[name];
  if (own !== undefined) return own;
  if (tagsOf !== undefined && name.startsWith("tag:")) {
    const key = name.slice("tag:".length);
    return (item) => tagsOf(item).flatMap((tag) => (tag.Key === key ? tag.Value : []));
  }
  if (tagsOf !== undefined && name === "tag-key") return (item) => tagsOf(item).map(({ Key }) => Key);
  return invalid(`The filter '${name}' is invalid`);
}

function matcherOf(pattern: string): (value: string) => boolean {
  if (!/[*?\\]/.test(pattern)) return (value) => value === pattern;
  const source = pattern.replace(
    /\\([*?\\])|([*?])|([\s\S])/gu,
    (_all, escaped?: string, wild?: string, plain?: string) =>
      wild === undefined
        ? (escaped ?? plain ?? "").replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")
        : wild === "*"
          ? "[^]*"
          : "[^]",
  );
  const expression = new RegExp(`^${source}$`, "u");
  return (value) => expression.test(value);
}
