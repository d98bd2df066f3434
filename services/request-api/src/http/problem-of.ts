import { errorKinds, problemTypeOf } from "@sallyport/contracts";
import type { Problem } from "@sallyport/contracts";
import type { Answer, Refused } from "./answer.ts";

/** The refusal as RFC 9457 has it: the first reason gives status and title, `errors` lists all of them (G7). */
export function problemOf(
  { refusals, headers }: Refused,
  of: { readonly instance: string; readonly id: string },
): Answer {
  const [{ code, detail }] = refusals;
  const { status, title, retryable } = errorKinds[code];
  const body: Problem = {
    type: problemTypeOf(code),
    title,
    status,
    detail,
    instance: of.instance,
    code,
    errors: [...refusals],
    request_id: of.id,
  };
  return {
    kind: "answer",
    status,
    body,
    refusals,
    headers: {
      ...(status === 401 ? { "WWW-Authenticate": challengeOf(code) } : {}),
      ...(retryable ? { "Retry-After": "1" } : {}),
      ...headers,
      "Content-Type": "application/problem+json",
    },
  };
}

/** RFC 6750: a token that was not accepted is named as such, a missing one is not. */
const challengeOf = (code: string): string =>
  code === "auth.invalid" ? 'Bearer realm="sallyport", error="invalid_token"' : 'Bearer realm="sallyport"';
