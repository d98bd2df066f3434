import { isoDurationOf, plusMs, refusal } from "@sallyport/contracts";
import type { Instant, JitPolicy, PolicyBody, Principal, Refusal, RequestId, VmRef } from "@sallyport/contracts";
import { canEnable } from "@sallyport/domain";
import type { HandlerDeps } from "../deps.ts";
import { answer, refuse } from "../http/answer.ts";
import type { Answer, Refused } from "../http/answer.ts";
import { checkPreconditions, etagOf } from "../http/preconditions.ts";
import type { Preconditions } from "../http/preconditions.ts";
import type { PolicyRow } from "../views/policies.ts";
import { showPolicy } from "../views/show-policy.ts";
import { forbidden, isRefused, visibleVm } from "./visible.ts";

export interface PolicyWrite {
  readonly vm: VmRef;
  readonly principal: Principal;
  /** Of the call: the cause of the event. */
  readonly callId: RequestId;
  readonly preconditions: Preconditions;
  /** What the policy is to be, given what it is. */
  readonly next: (current: JitPolicy | undefined) => PolicyBody | Refused;
}

/** Gathers, decides, commits one row that owes its event; again from the start when somebody else was faster. */
export async function writePolicy(deps: HandlerDeps, write: PolicyWrite): Promise<Answer | Refused> {
  const { vm, principal, callId, preconditions, next } = write;
  const row = await visibleVm(deps, principal, vm);
  if (isRefused(row)) return row;
  const decision = await deps.may(principal, "configure-policy", row.profile);
  if (!decision.allowed) return forbidden(decision);
  const [first, ...others] = canEnable({ vm, enrolled: deps.enrolled, finding: row.finding });
  if (first !== undefined) return refuse(first, ...others);
  for (;;) {
    const entry = await deps.policies.load(vm);
    const current = entry.value?.policy;
    const failed = checkPreconditions(preconditions, current?.version);
    if (failed !== undefined) return refuse(failed);
    const body = next(current);
    if (isRefused(body)) return body;
    const [tooShort, ...more] = checkRules(body, deps);
    if (tooShort !== undefined) return refuse(tooShort, ...more);
    const at = notBefore(deps.clock.now(), entry.value);
    const policy: JitPolicy = {
      vm,
      ...body,
      version: entry.version === 0 ? 1 : (entry.value?.version ?? 0) + 1,
      updatedAt: at,
    };
    const committed = await deps.policies.commit(
      entry,
      { vm, version: policy.version, policy, by: principal, at },
      {
        jobs: [],
        facts: [
          {
            fact: { type: "sallyport.policy.configured.v1", data: { policy, by: principal } },
            step: "policy-configured",
            causationId: callId,
            correlationId: callId,
            time: at,
          },
        ],
      },
    );
    if (committed.kind === "done")
      return answer(current === undefined ? 201 : 200, showPolicy(policy), { ETag: etagOf(policy.version) });
  }
}

/** A rule that allows less than the shortest time could never be used. */
function checkRules({ ports }: PolicyBody, { limits }: Pick<HandlerDeps, "limits">): readonly Refusal[] {
  return ports.flatMap(({ maxDuration }, at) =>
    maxDuration >= limits.shortest
      ? []
      : [
          refusal(
            "policy.duration-too-short",
            "This rule would allow less than the shortest time that can be asked for.",
            {
              field: `/ports/${at}/maxDuration`,
              expected: `at least ${isoDurationOf(limits.shortest)}`,
            },
          ),
        ],
  );
}

/** Versions of one policy are later one after the other, also when a replica's clock is behind. */
const notBefore = (now: Instant, before: PolicyRow | undefined): Instant =>
  before === undefined || before.at < now ? now : plusMs(before.at, 1);
