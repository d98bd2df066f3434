import type { FaultEffect } from "../world/faults.ts";
import type { WireResponse } from "../wire.ts";
import { LOST_REPLY } from "../wire.ts";
import { refuse, refusalResponse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

type StatusFault = Extract<FaultEffect, { kind: "status" }>;
type LostReply = Extract<FaultEffect, { kind: "lose-reply" }>;

/** EC2 has one code for throttling, with 503, whichever of the two statuses a script asks for (aws.md §1). */
const CODES: Readonly<Record<number, string>> = {
  429: "RequestLimitExceeded",
  500: "InternalError",
  503: "RequestLimitExceeded",
};

/** STS has another word for it, with 400. */
const STS_CODES: Readonly<Record<number, string>> = { 429: "Throttling", 500: "InternalFailure", 503: "Throttling" };

const STATUSES: Readonly<Record<string, number>> = { RequestLimitExceeded: 503, Throttling: 400 };

const MESSAGES: Readonly<Record<string, (resources: readonly string[]) => string>> = {
  RequestLimitExceeded: () => "Request limit exceeded.",
  Throttling: () => "Rate exceeded",
  InternalError: () => "An internal error has occurred",
  UnauthorizedOperation: () => "You are not authorized to perform this operation.",
  "InvalidGroup.NotFound": (resources) =>
    `The security group '${resources.find((id) => id.startsWith("sg-")) ?? ""}' does not exist`,
};

/** The refusal that a script asks for, in EC2's words. */
export function scriptedRefusal(
  service: "ec2" | "sts",
  { status, code, message, retryAfter }: StatusFault,
  resources: readonly string[],
  requestId: string,
): WireResponse {
  const name =
    code ?? (service === "sts" ? STS_CODES : CODES)[status] ?? (status < 500 ? "InvalidRequest" : "ServiceUnavailable");
  const text = message ?? MESSAGES[name]?.(resources) ?? "The request could not be carried out.";
  const refusal: Refusal = refuse(name, text, STATUSES[name] ?? status);
  const response = refusalResponse(service, refusal, requestId);
  return retryAfter === undefined
    ? response
    : { ...response, headers: { ...response.headers, "retry-after": String(retryAfter) } };
}

/** What a client sees of a call that was carried out and whose answer got lost. */
export const lostReply = ({ as }: LostReply): WireResponse =>
  as === "reset"
    ? LOST_REPLY
    : { status: 504, headers: { "content-type": "text/html" }, body: "<html><body>504 Gateway Time-out</body></html>" };
