/** One row of the table: what a code means, and what becomes of it. */
export interface ErrorKind {
  /** HTTP status when request-api answers with it. */
  readonly status: number;
  /** Whether the same step may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** One sentence for people. */
  readonly title: string;
}

const kind = (status: number, retryable: boolean, title: string): ErrorKind => ({ status, retryable, title });

/**
 * Every code that leaves a room of ours: problem+json `code`, event reasons, logs. What to check for each is in
 * docs/failure-modes.md; a test fails when a code lacks its section.
 */
export const errorKinds = {
  "request.malformed": kind(400, false, "The body is not valid JSON."),
  "request.invalid": kind(422, false, "The request does not have the expected form."),
  "request.too-large": kind(413, false, "The body is larger than the limit."),
  "request.unsupported-media-type": kind(415, false, "The body is not application/json."),
  "request.unreadable": kind(400, false, "This is not HTTP that can be read."),
  "request.headers-too-large": kind(431, false, "The headers are larger than the limit."),
  "request.too-slow": kind(408, true, "The request did not arrive in time."),
  "request.idempotency-key-missing": kind(400, false, "This call needs an Idempotency-Key header."),
  "request.idempotency-key-reused": kind(422, false, "This Idempotency-Key was used with another body."),
  "request.idempotency-in-flight": kind(409, true, "A call with this Idempotency-Key is still under way."),
  "request.precondition-required": kind(428, false, "This write needs an If-Match header with the current ETag."),
  "request.precondition-failed": kind(412, false, "The resource changed since it was read."),
  "request.not-found": kind(404, false, "There is nothing here that you may see."),
  "request.method-not-allowed": kind(405, false, "This resource does not know that method."),
  "request.conflict": kind(409, false, "The resource is in a state that does not allow this."),
  "auth.missing": kind(401, false, "This call needs a bearer token."),
  "auth.invalid": kind(401, false, "The bearer token was not accepted."),
  "auth.forbidden": kind(403, false, "A required permission is missing."),
  "auth.scope-missing": kind(403, false, "The API key does not have the scope that this call takes."),
  "rbac.missing-action": kind(403, false, "A required action is not granted on a resource."),
  "rbac.denied": kind(403, false, "A deny assignment forbids a required action."),
  "rbac.lookup-failed": kind(503, true, "Role assignments could not be read, so the request is refused."),
  "policy.none": kind(409, false, "The VM has no JIT policy."),
  "policy.port-not-covered": kind(422, false, "The policy does not cover this port."),
  "policy.source-not-covered": kind(422, false, "The policy does not allow this source."),
  "policy.duration-too-long": kind(422, false, "The policy does not allow that much time."),
  "policy.duration-too-short": kind(422, false, "That is less than the shortest time allowed."),
  "policy.end-in-the-past": kind(422, false, "The end has passed already."),
  "policy.port-removed": kind(409, false, "The port is no longer under lockdown, so there is nothing to open."),
  "policy.removed": kind(409, false, "The JIT policy was removed."),
  "approval.denied": kind(403, false, "The request was not approved."),
  "approval.expired": kind(403, false, "Nobody approved the request in time."),
  "grant.terminal": kind(409, false, "The grant has ended already."),
  "grant.too-late": kind(409, false, "The grant would end before it could be opened."),
  "grant.revoked-before-opening": kind(409, false, "The grant was given back before it was opened."),
  "scope.not-enrolled": kind(409, false, "The subscription or account is not enrolled."),
  "scope.not-connected": kind(404, false, "This deployment has no connection to the subscription or account."),
  "scope.plan-missing": kind(409, false, "The subscription does not have Defender for Servers Plan 2."),
  "scope.plan-unknown": kind(
    503,
    true,
    "The subscription's Defender plan could not be read, so the request is refused.",
  ),
  "vm.unknown": kind(404, false, "There is nothing here that you may see."),
  "vm.ambiguous": kind(422, false, "More than one VM has this name."),
  "vm.gone": kind(410, false, "The VM no longer exists."),
  "network.unsupported": kind(409, false, "The VM's network is of a kind that is not supported."),
  "network.no-nsg": kind(
    409,
    false,
    "No network security group protects the VM, so there is nothing to close or open.",
  ),
  "network.no-free-priority": kind(409, false, "No priority is free for the rule."),
  "network.shadowed": kind(409, false, "A rule that is not ours decides before any rule of ours could."),
  "network.source-unknown": kind(409, false, "Whether the source would get in cannot be computed."),
  "network.quota": kind(409, false, "A quota of the cloud would be exceeded."),
  "network.shared-group": kind(409, false, "The security group is shared with other interfaces."),
  "network.plan-unsafe": kind(
    500,
    false,
    "A computed change would do something other than what was asked, so nothing was applied.",
  ),
  "network.any-protocol-rule": kind(409, false, "A rule for every protocol cannot be narrowed to leave out a port."),
  "azure.throttled": kind(503, true, "Azure Resource Manager asks to slow down."),
  "azure.locked": kind(503, true, "Another operation is changing the resource."),
  "azure.superseded": kind(503, true, "The accepted write was cancelled by a later one."),
  "azure.operation-failed": kind(503, true, "A long-running operation did not succeed."),
  "azure.conflict": kind(503, true, "The resource changed while it was written."),
  "azure.priority-conflict": kind(503, true, "The priority was taken meanwhile."),
  "azure.not-found": kind(404, false, "The resource does not exist."),
  "azure.refused": kind(502, false, "Azure refused the call for good."),
  "azure.unauthorized": kind(502, true, "Azure did not accept our identity for this call."),
  "azure.unavailable": kind(503, true, "Azure Resource Manager did not answer as expected."),
  "aws.throttled": kind(503, true, "EC2 asks to slow down."),
  "aws.eventual": kind(503, true, "EC2 does not know yet what it has created."),
  "aws.conflict": kind(503, true, "The resource changed while it was written."),
  "aws.dependency": kind(503, true, "The security group is still in use."),
  "aws.not-found": kind(404, false, "The resource does not exist."),
  "aws.refused": kind(502, false, "EC2 refused the call for good."),
  "aws.unauthorized": kind(502, true, "AWS did not accept our identity for this call."),
  "aws.unavailable": kind(503, true, "EC2 did not answer as expected."),
  "cloud.unreadable": kind(502, true, "The cloud's answer could not be read."),
  "backbone.unavailable": kind(503, true, "The bus, the queue or the records are away."),
  "backbone.stale": kind(503, true, "Another writer was faster; the step is tried again."),
  "backbone.lease-held": kind(503, true, "Another process is at work on this."),
  "event.unreadable": kind(500, false, "The message is not an event of ours."),
  "event.unknown-type": kind(500, false, "The message is of a type or version unknown here."),
  "configuration.invalid": kind(500, false, "The configuration has mistakes."),
  "internal.bug": kind(500, false, "A defect of Sallyport."),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

export interface FaultOptions {
  readonly code: ErrorCode;
  /** What happened, for people; never a secret. */
  readonly detail: string;
  /** Only when this occurrence differs from the table. */
  readonly retryable?: boolean;
  /** The other side's own word on when to try again. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A fault of the world, with whether to retry decided where it is made (house.md §10). Refusals are values, never this. */
export class SallyportError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor({ code, detail, retryable, retryAfterMs, cause }: FaultOptions) {
    super(detail, cause === undefined ? undefined : { cause });
    this.name = "SallyportError";
    this.code = code;
    this.retryable = retryable ?? errorKinds[code].retryable;
    this.retryAfterMs = retryAfterMs;
  }
}

export const isRetryable = (error: unknown): boolean => error instanceof SallyportError && error.retryable;
