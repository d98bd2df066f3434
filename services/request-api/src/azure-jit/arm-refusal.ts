import { errorKinds } from "@sallyport/contracts";
import type { ErrorCode, Principal, Refusal } from "@sallyport/contracts";
import { armError } from "./arm-error.ts";
import type { ArmError } from "./arm-error.ts";

/** What the refusals are about. */
export interface RefusalContext {
  readonly principal: Pick<Principal, "id" | "displayName">;
  /** Azure's code for a body that asks for what is not allowed. */
  readonly invalid: "InvalidInitiateInput" | "InvalidRequestContent";
  /** The field of Azure's body that a field of ours stands for. */
  readonly targetOf?: (field: string) => string;
}

/**
 * Our refusals as one error of Azure's: the first one decides code and status, each is a detail with its own code. Where Azure's
 * code is not publicly known, it is the one that Resource Manager uses for the like (docs/azure-jit-api.md).
 */
export function armRefusal(refusals: readonly [Refusal, ...Refusal[]], context: RefusalContext): ArmError {
  const [first] = refusals;
  const { targetOf = (field: string) => field } = context;
  const details = refusals.map(({ code, detail, field }) => ({
    code,
    message: detail,
    ...(field === undefined ? {} : { target: targetOf(field) }),
  }));
  const target = details[0]?.target;
  const more = { details, ...(target === undefined ? {} : { target }) };
  const { status, code } = azureCodeOf(first.code, context);
  const retry = errorKinds[first.code].retryable ? { headers: { "Retry-After": "1" } } : {};
  return armError(status, code, messageOf(first, context), { ...more, ...retry });
}

interface AzureCode {
  readonly status: number;
  readonly code: string;
}

const known: Readonly<Partial<Record<ErrorCode, AzureCode>>> = {
  "rbac.missing-action": { status: 403, code: "AuthorizationFailed" },
  "rbac.denied": { status: 403, code: "DenyAssignmentAuthorizationFailed" },
  "scope.not-enrolled": { status: 409, code: "MissingSubscriptionRegistration" },
  "vm.gone": { status: 404, code: "ResourceNotFound" },
  "vm.unknown": { status: 404, code: "ResourceNotFound" },
  "request.not-found": { status: 404, code: "ResourceNotFound" },
  "policy.none": { status: 404, code: "PolicyNotFound" },
  "request.idempotency-in-flight": { status: 409, code: "Conflict" },
  "internal.bug": { status: 500, code: "InternalServerError" },
};

/** Codes that are not in the table go by their status. */
function azureCodeOf(code: ErrorCode, { invalid }: RefusalContext): AzureCode {
  const row = known[code];
  if (row !== undefined) return row;
  const { status, retryable } = errorKinds[code];
  if (retryable) return { status: 503, code: "ServiceUnavailable" };
  if (status === 403) return { status, code: "AuthorizationFailed" };
  return status === 409 ? { status, code: "Conflict" } : { status: 400, code: invalid };
}

/** Resource Manager's sentences where clients know them; ours elsewhere. */
function messageOf({ code, detail, action, object }: Refusal, { principal }: RefusalContext): string {
  if (action === undefined || object === undefined) return detail;
  const [oid = principal.id] = principal.id.split("@");
  const who = `The client '${principal.displayName ?? oid}' with object id '${oid}'`;
  if (code === "rbac.missing-action")
    return `${who} does not have authorization to perform action '${action}' over scope '${object}' or the scope is invalid. If access was recently granted, please refresh your credentials.`;
  if (code === "rbac.denied")
    return `${who} has permission to perform action '${action}' on scope '${object}'; however, the access is denied because of a deny assignment. ${detail}`;
  return detail;
}
