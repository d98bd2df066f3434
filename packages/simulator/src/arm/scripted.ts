import type { FaultEffect } from "../world/faults.ts";
import { refuse } from "./answer.ts";
import type { Refusal } from "./answer.ts";

const USUAL: Readonly<Record<number, string>> = {
  409: "Conflict",
  412: "PreconditionFailed",
  429: "TooManyRequests",
  500: "InternalServerError",
  503: "ServiceUnavailable",
  504: "GatewayTimeout",
};

/** A refusal that a script asked for, in ARM's shape. The lock's code comes with the lock's body (azure.md §8). */
export function scripted({ status, code, message, retryAfter }: Extract<FaultEffect, { kind: "status" }>): Refusal {
  const name = code ?? USUAL[status] ?? "BadRequest";
  const text = message ?? `The request was refused by a script (${status}).`;
  const headers = {
    headers: {
      ...(retryAfter !== undefined && { "retry-after": String(retryAfter) }),
      // What times out does so before a provider was asked (recorded).
      ...((status === 503 || status === 504) && { "x-ms-failure-cause": "gateway" }),
    },
  };
  if (name !== "RetryableErrorDueToAnotherOperation") return refuse(status, name, text, headers);
  return refuse(status, "RetryableError", "A retryable error occurred.", {
    details: [{ code: name, message: text }],
    ...headers,
  });
}
