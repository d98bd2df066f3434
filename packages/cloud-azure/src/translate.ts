import { SallyportError } from "@sallyport/contracts";
import type { ErrorCode, Instant } from "@sallyport/contracts";
import { armErrorIn, codesOf, jsonOf, sayError } from "./arm-error.ts";
import type { ArmError } from "./arm-error.ts";
import { retryAfterMs } from "./retry-after.ts";
import type { HeaderLookup } from "./retry-after.ts";

/** An answer that is none of the wanted ones. */
export interface BadAnswer {
  readonly status: number;
  readonly headers: HeaderLookup;
  readonly body: string | null | undefined;
}

const LOCKED =
  /^(RetryableError|RetryableErrorDueToAnotherOperation|AnotherOperationInProgress|ReferencedResourceNotProvisioned)$/;
const SUPERSEDED = /^(CanceledAndSupersededDueToAnotherOperation|OperationPreempted)$/;
const QUOTA = /(Quota|LimitReached|LimitExceeded|MaximumNumber|TooManySecurityRules)/;
const PRIORITY_TAKEN = "SecurityRuleConflict";

/** What an error's own codes say, whatever came with them; `undefined` when they say nothing in particular. */
function codeNamedBy(error: ArmError): ErrorCode | undefined {
  const codes = codesOf(error);
  if (codes.some((code) => SUPERSEDED.test(code))) return "azure.superseded";
  if (codes.some((code) => LOCKED.test(code))) return "azure.locked";
  if (codes.includes(PRIORITY_TAKEN)) return "azure.priority-conflict";
  if (codes.some((code) => QUOTA.test(code))) return "network.quota";
  return undefined;
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401 || status === 403) return "azure.unauthorized";
  if (status === 404) return "azure.not-found";
  if (status === 408 || status >= 500) return "azure.unavailable";
  if (status === 409 || status === 412) return "azure.conflict";
  if (status === 429) return "azure.throttled";
  return status >= 400 ? "azure.refused" : "cloud.unreadable";
}

/** "The call can be retried in 11 seconds.": said in words where the header is missing. */
function saidInWords({ message, details }: ArmError): number | undefined {
  const seconds = [message, ...details.map((detail) => detail.message)]
    .map((text) => /retried in (\d+) seconds?/i.exec(text)?.[1])
    .find((found) => found !== undefined);
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** An HTTP answer as a fault of ours: a lock is told from throttling by its code, not by its status (P5). */
export function faultOfAnswer(doing: string, { status, headers, body }: BadAnswer, now: Instant): SallyportError {
  const error = armErrorIn(jsonOf(body));
  const waitMs = retryAfterMs(headers, now) ?? saidInWords(error);
  const said = sayError(error);
  return new SallyportError({
    code: codeNamedBy(error) ?? codeOfStatus(status),
    detail: `${doing}: Azure answered ${status}${said === "" ? "" : `, ${said}`}`,
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  });
}

/** An accepted write that did not succeed (P4, P27): its body says why. Whatever it is, the state must be read afresh. */
export function faultOfOperation(doing: string, json: unknown): SallyportError {
  const error = armErrorIn(json);
  return new SallyportError({
    code: codeNamedBy(error) ?? "azure.operation-failed",
    detail: `${doing}: the operation did not succeed, ${sayError(error) || "without saying why"}`,
  });
}

const SIGN_IN =
  /^(AuthenticationError|AuthenticationRequiredError|AggregateAuthenticationError|CredentialUnavailableError)$/;

interface Thrown {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly statusCode?: unknown;
  readonly response?: unknown;
}

const isHeaders = (value: unknown): value is HeaderLookup =>
  typeof value === "object" && value !== null && "get" in value && typeof value.get === "function";

/** Whatever the SDK throws, as a fault of ours. A SallyportError passes through. */
export function translate(doing: string, thrown: unknown, now: Instant): SallyportError {
  if (thrown instanceof SallyportError) return thrown;
  const { name, message, statusCode, response }: Thrown = typeof thrown === "object" && thrown !== null ? thrown : {};
  if (typeof name === "string" && SIGN_IN.test(name))
    return new SallyportError({
      code: isAway(thrown) ? "azure.unavailable" : "azure.unauthorized",
      detail: `${doing}: signing in to Azure failed (${firstLine(message)})`,
      cause: thrown,
    });
  if (typeof statusCode === "number" && typeof response === "object" && response !== null) {
    const headers = "headers" in response && isHeaders(response.headers) ? response.headers : { get: () => undefined };
    const body = "bodyAsText" in response && typeof response.bodyAsText === "string" ? response.bodyAsText : undefined;
    return faultOfAnswer(doing, { status: statusCode, headers, body }, now);
  }
  return new SallyportError({
    code: "azure.unavailable",
    detail: `${doing}: no answer from Azure (${firstLine(message)})`,
    cause: thrown,
  });
}

/** The authority did not answer, rather than refuse. */
const isAway = (thrown: unknown): boolean =>
  typeof thrown === "object" &&
  thrown !== null &&
  "statusCode" in thrown &&
  typeof thrown.statusCode === "number" &&
  (thrown.statusCode >= 500 || thrown.statusCode === 429);

const firstLine = (message: unknown): string =>
  (typeof message === "string" ? message : "without a reason").split("\n", 1)[0]?.slice(0, 300) ?? "";
