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
 * code is not publicly known, it is the one that Resource Manager uses for the like (docs/reference/azure-jit-api.md).
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

function azureCodeOf(code: ErrorCode, { invalid }: RefusalContext): { readonly status: number; readonly code: string } {
  switch (code) {
    case "rbac.missing-action":
    case "auth.forbidden":
      return { status: 403, code: "AuthorizationFailed" };
    case "rbac.denied":
      return { status: 403, code: "DenyAssignmentAuthorizationFailed" };
    case "scope.not-enrolled":
      return { status: 409, code: "MissingSubscriptionRegistration" };
    case "vm.gone":
    case "vm.unknown":
    case "request.not-found":
      return { status: 404, code: "ResourceNotFound" };
    case "policy.none":
      return { status: 404, code: "PolicyNotFound" };
    case "request.idempotency-in-flight":
      return { status: 409, code: "Conflict" };
    case "internal.bug":
      return { status: 500, code: "InternalServerError" };
    default: {
      const { status, retryable } = errorKinds[code];
      if (retryable) return { status: 503, code: "ServiceUnavailable" };
      return code.startsWith("network.") || status === 409
        ? { status: 409, code: "Conflict" }
        : { status: status === 403 ? 403 : 400, code: status === 403 ? "AuthorizationFailed" : invalid };
    }
  }
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
