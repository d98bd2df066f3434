import { refusal } from "@sallyport/contracts";
import type { Refusal } from "@sallyport/contracts";

/** The strong ETag of a version. */
export const etagOf = (version: number): string => `"${version}"`;

export interface Preconditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/**
 * May a write go ahead on what is there now (`version`; `undefined`: nothing)? Changing something takes its current ETag, so
 * that nobody overwrites what they have not seen: 428 without one, 412 with a stale one. Creating takes none.
 */
export function checkPreconditions(
  { ifMatch, ifNoneMatch }: Preconditions,
  version: number | undefined,
): Refusal | undefined {
  const failed = (field: string, detail: string) =>
    refusal("request.precondition-failed", detail, {
      field,
      expected: version === undefined ? "no such header" : etagOf(version),
    });
  if (version === undefined)
    return ifMatch === undefined ? undefined : failed("If-Match", "There is nothing here yet that could be changed.");
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, version, (tag) => tag.replace(/^W\//, "")))
    return failed("If-None-Match", "There is one already. Read it, then change it with its ETag in If-Match.");
  if (ifMatch === undefined)
    return refusal("request.precondition-required", "Read it first, then send its ETag in If-Match.", {
      field: "If-Match",
      expected: "the ETag of what is to be changed",
    });
  // Strong comparison (RFC 9110 §13.1.1): a weak tag never matches.
  return matches(ifMatch, version, (tag) => tag)
    ? undefined
    : failed("If-Match", "It was changed since you read it. Read it again, then change that.");
}

const matches = (header: string, version: number, read: (tag: string) => string): boolean =>
  header.split(",").some((tag) => tag.trim() === "*" || read(tag.trim()) === etagOf(version));
