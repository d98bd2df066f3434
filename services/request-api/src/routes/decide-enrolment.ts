import { refusal } from "@sallyport/contracts";
import type { Enrolment, Principal, RequestId, ScopeId } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { refuse } from "../http/answer.ts";
import type { Refused } from "../http/answer.ts";
import { cloudOfScope } from "../views/show-scope.ts";
import { mayNotManageKeys } from "./may-manage-keys.ts";

export interface EnrolmentDecision {
  readonly scope: ScopeId;
  readonly status: Enrolment["status"];
  readonly principal: Principal;
  /** Of the call: the cause of the event. */
  readonly callId: RequestId;
}

/**
 * Enrols a connected scope or withdraws it, for who may administer this deployment: an API key works in every scope, so the same
 * right makes keys. Decided so already: nothing is written, and nothing told. `undefined` is what only the settings say.
 */
export async function decideEnrolment(
  deps: HandlerDeps,
  { scope, status, principal, callId }: EnrolmentDecision,
): Promise<Enrolment | Refused | undefined> {
  const refused = await mayNotManageKeys(deps, principal);
  if (refused !== undefined) return refused;
  if (!deps.enrolled.has(scope))
    return refuse(
      refusal(
        "scope.not-connected",
        `${scope} is not among the subscriptions and accounts in the settings of this deployment. Connect it there first.`,
        { object: scope },
      ),
    );
  for (;;) {
    const entry = await deps.scopes.load(scope);
    if ((entry.value?.status ?? "Enrolled") === status) return entry.value;
    const enrolment: Enrolment = {
      scope,
      cloud: cloudOfScope(scope),
      status,
      version: (entry.value?.version ?? 0) + 1,
      by: principal,
      at: deps.clock.now(),
    };
    const type = status === "Enrolled" ? "sallyport.scope.enrolled.v1" : "sallyport.scope.withdrawn.v1";
    const committed = await deps.scopes.commit(entry, enrolment, {
      jobs: [],
      facts: [
        {
          fact: { type, data: { enrolment } },
          step: `${type} ${enrolment.version}`,
          causationId: callId,
          correlationId: callId,
          time: enrolment.at,
        },
      ],
    });
    if (committed.kind === "stale") continue;
    deps.log.info("the enrolment of a scope was decided", { scope, status, by: principal.id });
    return enrolment;
  }
}
