import type { StoredChange } from "@sallyport/contracts";

/** The same text for the same change, in whatever order its members were written. */
const textOf = (change: StoredChange): string =>
  JSON.stringify(change, (_, value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

/** Whether everything that `wanted` would give back is in `stored`: then nothing is lost if we die while it is being taken away. */
export function holdsInverse(stored: readonly StoredChange[], wanted: readonly StoredChange[]): boolean {
  const known = new Set(stored.map(textOf));
  return wanted.every((change) => known.has(textOf(change)));
}

export const sameInverse = (a: readonly StoredChange[], b: readonly StoredChange[]): boolean =>
  holdsInverse(a, b) && holdsInverse(b, a);
