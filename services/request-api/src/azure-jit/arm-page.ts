import { answer } from "../http/answer.ts";
import type { Answer } from "../http/answer.ts";
import type { ArmCall } from "./call.ts";

/** One page as Resource Manager writes it; `after`: what the next page begins behind. */
export function armPage(
  { here, query }: Pick<ArmCall, "here" | "query">,
  value: readonly unknown[],
  after: string | undefined,
): Answer {
  if (after === undefined) return answer(200, { value });
  const next = new URLSearchParams(query);
  next.set("$skipToken", Buffer.from(after).toString("base64url"));
  return answer(200, { value, nextLink: `${here}?${next.toString()}` });
}

export const skippedTo = (query: URLSearchParams): string | undefined => {
  const token = query.get("$skipToken");
  return token === null ? undefined : Buffer.from(token, "base64url").toString();
};
