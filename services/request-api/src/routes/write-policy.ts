import { isoDurationOf, plusMs, refusal } from "@sallyport/contracts";
import type {
  Instant,
  JitPolicy,
  PolicyBody,
  PolicyName,
  Principal,
  Refusal,
  RequestId,
  VmRef,
} from "@sallyport/contracts";
import { canEnable } from "@sallyport/domain";
import type { HandlerDeps } from "../deps.ts";
import { answer, refuse } from "../http/answer.ts";
import type { Answer, Refused } from "../http/answer.ts";
import { checkPreconditions, etagOf } from "../http/preconditions.ts";
import type { Preconditions } from "../http/preconditions.ts";
import type { PolicyRow } from "../views/policies.ts";
import { enrolledNow } from "../views/scopes.ts";
import { showPolicy } from "../views/show-policy.ts";
import type { KnownVm } from "../views/vms.ts";
import { forbidden, isRefused, visibleVm } from "./visible.ts";

/** What a policy is to be. */
export interface PolicyContent extends PolicyBody {
  /** Under which Azure's JIT API shows it; `undefined`: as before, or `default`. */
  readonly name?: PolicyName | undefined;
}

export interface PolicyWrite {
  readonly vm: VmRef;
  readonly principal: Principal;
  /** Of the call: the cause of the event. */
  readonly callId: RequestId;
  /** What has to hold of the policy as it is; `undefined`: whatever it is, it is replaced. */
  readonly preconditions: Preconditions | undefined;
  /** What the policy is to be, given what it is; `"unchanged"`: nothing is written. */
  readonly next: (current: JitPolicy | undefined) => PolicyContent | "unchanged" | Refused;
}

/** The VM, if the caller may put it under a policy and it is of a kind that can be; nothing is written. */
export async function mayConfigure(
  deps: HandlerDeps,
  { vm, principal }: Pick<PolicyWrite, "vm" | "principal">,
): Promise<KnownVm | Refused> {
  const row = await visibleVm(deps, principal, vm);
  if (isRefused(row)) return row;
  const decision = await deps.may(principal, "configure-policy", row.profile);
  if (!decision.allowed) return forbidden(decision);
  const [first, ...others] = canEnable({ vm, enrolled: await enrolledNow(deps), finding: row.finding });
  if (first !== undefined) return refuse(first, ...others);
  const lacking = row.profile.cloud === "azure" ? await deps.lacksPlan?.(row.profile.scope) : undefined;
  return lacking === undefined ? row : refuse(lacking);
}

/** Gathers, decides, commits one row that owes its event; again from the start when somebody else was faster. */
export async function writePolicy(deps: HandlerDeps, write: PolicyWrite): Promise<Answer | Refused> {
  const row = await mayConfigure(deps, write);
  if (isRefused(row)) return row;
  const written = await commitPolicy(deps, write);
  if ("kind" in written) return written;
  const { policy, isNew } = written;
  return answer(isNew ? 201 : 200, showPolicy(policy), { ETag: etagOf(policy.version) });
}

/** Writes the policy of a VM of which it is known that the caller may. */
export async function commitPolicy(
  deps: HandlerDeps,
  { vm, principal, callId, preconditions, next }: PolicyWrite,
): Promise<{ readonly policy: JitPolicy; readonly isNew: boolean } | Refused> {
  for (;;) {
    const entry = await deps.policies.load(vm);
    const current = entry.value?.policy;
    const failed = preconditions && checkPreconditions(preconditions, current?.version);
    if (failed !== undefined) return refuse(failed);
    const content = next(current);
    if (content === "unchanged") {
      if (current === undefined) throw new Error(`${vm} has no policy that could stay as it is`);
      return { policy: current, isNew: false };
    }
    if (isRefused(content)) return content;
    const [tooShort, ...more] = checkRules(content, deps);
    if (tooShort !== undefined) return refuse(tooShort, ...more);
    const at = notBefore(deps.clock.now(), entry.value);
    const name = content.name ?? current?.name;
    const policy: JitPolicy = {
      vm,
      ...content,
      name: name?.toLowerCase() === "default" ? undefined : name,
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
            step: `policy-configured ${vm}`,
            causationId: callId,
            correlationId: callId,
            time: at,
          },
        ],
      },
    );
    if (committed.kind === "done") return { policy, isNew: current === undefined };
  }
}

/** A rule that allows less than the shortest time could never be used. */
export function checkRules(
  { ports }: Pick<PolicyBody, "ports">,
  { limits }: Pick<HandlerDeps, "limits">,
): readonly Refusal[] {
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
