import { instantOf } from "@sallyport/contracts";
import { ok, refuse } from "./answer.ts";
import type { Answer, Refusal } from "./answer.ts";
import type { Operation } from "./operations.ts";

/** Whole seconds, as Retry-After wants them; never 0, which some clients take for "not said". */
export const secondsOf = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)));

const retryAfterOf = (operation: Pick<Operation, "dueAtMs">, nowMs: number): string =>
  secondsOf(operation.dueAtMs - nowMs);

const locationsOf = ({ subscriptionId, namespace, location }: Operation) =>
  `/subscriptions/${subscriptionId}/providers/${namespace}/locations/${location}`;

export const statusUrl = (operation: Operation, origin: string, apiVersion: string): string =>
  `${origin}${locationsOf(operation)}/operations/${operation.id}?api-version=${apiVersion}`;

/** Compute has no `operationResults`: it watches the operation itself (azure.md §4). */
export const resultUrl = (operation: Operation, origin: string, apiVersion: string): string =>
  operation.namespace === "Microsoft.Compute"
    ? `${origin}${locationsOf(operation)}/operations/${operation.id}?monitor=true&api-version=${apiVersion}`
    : `${origin}${locationsOf(operation)}/operationResults/${operation.id}?api-version=${apiVersion}`;

/** The state of an operation: HTTP 200 also when it failed (azure.md §4). */
export function answerStatus(operation: Operation, nowMs: number, origin: string, apiVersion: string): Answer {
  const times =
    operation.namespace === "Microsoft.Compute"
      ? {
          startTime: instantOf(operation.startedAtMs),
          ...(operation.status !== "InProgress" && { endTime: instantOf(operation.dueAtMs) }),
          name: operation.id,
        }
      : {};
  switch (operation.status) {
    case "InProgress":
      return ok({ ...times, status: "InProgress" }, { "retry-after": retryAfterOf(operation, nowMs) });
    case "Succeeded":
      return ok({ ...times, status: "Succeeded" });
    case "Failed":
      return ok({ ...times, status: "Failed", error: errorOf(operation) });
    case "Canceled": {
      const by = operation.supersededBy;
      const headers = by && {
        "canceled-by-azure-asyncoperation": statusUrl({ ...operation, id: by.id }, origin, apiVersion),
      };
      return ok({ ...times, status: "Canceled", error: errorOf(operation) }, headers);
    }
  }
}

function errorOf({ error, supersededBy, name, id }: Operation) {
  if (supersededBy === undefined)
    return { code: error?.code ?? "InternalServerError", message: error?.message ?? "An error occurred.", details: [] };
  const code = "CanceledAndSupersededDueToAnotherOperation";
  const message = `Operation ${name} (${id}) was canceled and superseded by operation ${supersededBy.name} (${supersededBy.id}).`;
  return { code: "Canceled", message: "Operation was canceled.", details: [{ code, message }] };
}

/** The result of a DELETE or POST: 202 while it goes on, then nothing. */
export function answerResult(operation: Operation, nowMs: number, here: string): Answer | Refusal {
  switch (operation.status) {
    case "InProgress":
      return { status: 202, headers: { location: here, "retry-after": retryAfterOf(operation, nowMs) } };
    case "Succeeded":
      if (operation.result !== undefined) return ok(operation.result, { location: here });
      return { status: operation.name.startsWith("Delete") ? 204 : 200 };
    case "Failed":
    case "Canceled": {
      const { code, message, details } = errorOf(operation);
      return refuse(operation.status === "Failed" ? 500 : 409, code, message, { details });
    }
  }
}
