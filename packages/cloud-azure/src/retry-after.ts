import { msOf } from "@sallyport/contracts";
import type { Instant } from "@sallyport/contracts";

/** The part of a header collection that is looked at. */
export interface HeaderLookup {
  readonly get: (name: string) => string | undefined;
}

/** How long the other side asks us to wait, in milliseconds; `undefined` when it does not say. */
export function retryAfterMs(headers: HeaderLookup, now: Instant): number | undefined {
  for (const name of ["retry-after-ms", "x-ms-retry-after-ms"]) {
    const ms = numberIn(headers.get(name));
    if (ms !== undefined) return ms;
  }
  const text = headers.get("retry-after");
  const seconds = numberIn(text);
  if (seconds !== undefined) return seconds * 1000;
  const at = Date.parse(text ?? "");
  return Number.isNaN(at) ? undefined : Math.max(0, at - msOf(now));
}

const numberIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
