import { isDeepStrictEqual } from "node:util";

/** Whether two values are the same once stored: order of keys and absent values do not matter. */
export const isSameJson = (a: unknown, b: unknown): boolean => isDeepStrictEqual(plain(a), plain(b));

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
