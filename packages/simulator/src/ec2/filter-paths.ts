import type { Fields } from "./filters.ts";

type Value = string | number | boolean;

/** All values at the end of a path through an answer, lists on the way gone through item by item. */
export function valuesAt(value: unknown, [member, ...rest]: readonly string[]): readonly Value[] {
  if (Array.isArray(value))
    return value.flatMap((item) => valuesAt(item, member === undefined ? [] : [member, ...rest]));
  if (member === undefined) return isValue(value) ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return valuesAt(Object.entries(value).find(([name]) => name === member)?.[1], rest);
}

const isValue = (value: unknown): value is Value => ["string", "number", "boolean"].includes(typeof value);

/** `metadata-options.http-tokens` → `MetadataOptions.HttpTokens`: how most filters follow from the member that they look at. */
const memberOf = (name: string): string =>
  name.replace(
    /(^|[-.])([a-z0-9])/g,
    (_all, before: string, letter: string) => `${before === "." ? "." : ""}${letter.toUpperCase()}`,
  );

/** Filters that look at members of an item: those called as their member is, and those that are called otherwise, with its path. */
export function fieldsOf<T extends object>(
  regular: readonly string[],
  irregular: Readonly<Record<string, string>> = {},
): Fields<T> {
  const named = [...regular.map((name) => [name, memberOf(name)] as const), ...Object.entries(irregular)];
  return Object.fromEntries(named.map(([name, path]) => [name, (item: T) => valuesAt(item, path.split("."))]));
}
