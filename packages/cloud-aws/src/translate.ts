import { SallyportError } from "@sallyport/contracts";
import type { ErrorCode } from "@sallyport/contracts";

/** EC2's own codes, each as what it means to us (aws.md §2; those marked U there are taken at their word). */
const CODES: Readonly<Record<string, ErrorCode>> = {
  RequestLimitExceeded: "aws.throttled",
  Throttling: "aws.throttled",
  ThrottlingException: "aws.throttled",
  ThrottledException: "aws.throttled",
  RequestThrottled: "aws.throttled",
  RequestThrottledException: "aws.throttled",
  TooManyRequestsException: "aws.throttled",
  BandwidthLimitExceeded: "aws.throttled",
  "InvalidGroup.NotFound": "aws.not-found",
  "InvalidGroupId.NotFound": "aws.not-found",
  "InvalidSecurityGroupID.NotFound": "aws.not-found",
  "InvalidPermission.NotFound": "aws.not-found",
  "InvalidSecurityGroupRuleId.NotFound": "aws.not-found",
  "InvalidNetworkInterfaceID.NotFound": "aws.not-found",
  "InvalidInstanceID.NotFound": "aws.not-found",
  "InvalidVpcID.NotFound": "aws.not-found",
  "InvalidPermission.Duplicate": "aws.conflict",
  "InvalidGroup.Duplicate": "aws.conflict",
  "InvalidGroup.InUse": "aws.dependency",
  DependencyViolation: "aws.dependency",
  RulesPerSecurityGroupLimitExceeded: "network.quota",
  SecurityGroupLimitExceeded: "network.quota",
  SecurityGroupsPerInstanceLimitExceeded: "network.quota",
  SecurityGroupsPerInterfaceLimitExceeded: "network.quota",
  UnauthorizedOperation: "aws.unauthorized",
  AuthFailure: "aws.unauthorized",
  AccessDenied: "aws.unauthorized",
  AccessDeniedException: "aws.unauthorized",
  Blocked: "aws.unauthorized",
  OptInRequired: "aws.unauthorized",
  PendingVerification: "aws.unauthorized",
  InvalidClientTokenId: "aws.unauthorized",
  UnrecognizedClientException: "aws.unauthorized",
  SignatureDoesNotMatch: "aws.unauthorized",
  IncompleteSignature: "aws.unauthorized",
  MissingAuthenticationToken: "aws.unauthorized",
  ExpiredToken: "aws.unauthorized",
  ExpiredTokenException: "aws.unauthorized",
  RequestExpired: "aws.unauthorized",
  CredentialsProviderError: "aws.unauthorized",
  InternalError: "aws.unavailable",
  InternalFailure: "aws.unavailable",
  ServiceUnavailable: "aws.unavailable",
  Unavailable: "aws.unavailable",
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** The code by which AWS, or the SDK, names what went wrong. */
export function awsCodeOf(error: unknown): string {
  const found = error instanceof SallyportError ? error.cause : error;
  if (!isObject(found)) return "";
  const code = found["Code"] ?? found["name"];
  return typeof code === "string" ? code : "";
}

function statusOf(error: unknown): number | undefined {
  const metadata = isObject(error) ? error["$metadata"] : undefined;
  const status = isObject(metadata) ? metadata["httpStatusCode"] : undefined;
  return typeof status === "number" ? status : undefined;
}

/** Seconds in `Retry-After`, which EC2 itself never sends but a gateway before it may. */
function retryAfterMsOf(error: unknown): number | undefined {
  const response = isObject(error) ? error["$response"] : undefined;
  const headers = isObject(response) ? response["headers"] : undefined;
  const text = isObject(headers) ? headers["retry-after"] : undefined;
  return typeof text === "string" && /^\d{1,6}$/.test(text) ? Number(text) * 1000 : undefined;
}

function codeFor(error: unknown): ErrorCode {
  const known = CODES[awsCodeOf(error)];
  if (known !== undefined) return known;
  const status = statusOf(error);
  // No status: nothing came back, or nothing that could be read.
  if (status === undefined || status >= 500) return "aws.unavailable";
  if (status === 429) return "aws.throttled";
  if (status === 401 || status === 403) return "aws.unauthorized";
  return status >= 400 ? "aws.refused" : "cloud.unreadable";
}

/** The action that IAM did not allow: as its message names it, else the one that was called. */
const deniedAction = (message: string, operation: string): string =>
  /not authorized to perform:? ([a-z0-9-]+:\w+)/i.exec(message)?.[1] ?? `ec2:${operation}`;

const isDenial = (error: unknown): boolean => /^(UnauthorizedOperation|AccessDenied)/.test(awsCodeOf(error));

/** What the SDK threw, as a fault of ours: no SDK error crosses the port (house.md §10). The original is its cause. */
export function toFault(error: unknown, operation: string): SallyportError {
  if (error instanceof SallyportError) return error;
  // What EC2 seals for DecodeAuthorizationMessage says nothing to who reads this.
  const said = error instanceof Error ? error.message : "an unknown failure";
  const message = said.replace(/\.? Encoded authorization failure message: \S+/, "");
  const retryAfterMs = retryAfterMsOf(error);
  return new SallyportError({
    code: codeFor(error),
    detail: `${operation}: ${awsCodeOf(error) || "error"}: ${message.slice(0, 500)}${isDenial(error) ? ` (needs ${deniedAction(message, operation)}; see sallyport role aws)` : ""}`,
    cause: error,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** A session that has ended is `RequestExpired` to EC2, and one that it knows no more `AuthFailure`. */
const EXPIRED = new Set(["RequestExpired", "ExpiredToken", "ExpiredTokenException", "AuthFailure"]);

/** AWS takes the credentials no more, although whoever signed thought them good: nothing was done. */
export const isExpired = (error: unknown): boolean => EXPIRED.has(awsCodeOf(error));

/** The call may or may not have been carried out: the answer was lost, or a gateway answered in EC2's place. */
export const isUncertain = (error: unknown): boolean =>
  error instanceof SallyportError && (error.code === "aws.unavailable" || error.code === "cloud.unreadable");
