import type { JitPolicy, Principal, RequestId, VmRef } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { refuse } from "../http/answer.ts";
import type { Refused } from "../http/answer.ts";
import { notFound } from "../http/not-found.ts";
import { checkPreconditions } from "../http/preconditions.ts";
import type { Preconditions } from "../http/preconditions.ts";
import { isKnown, vmsTable } from "../views/vms.ts";
import { forbidden, isRefused, visibleVm } from "./visible.ts";

export interface PolicyRemoval {
  readonly vm: VmRef;
  readonly principal: Principal;
  /** Of the call: the cause of the event. */
  readonly callId: RequestId;
  readonly preconditions?: Preconditions;
  /** For the event, where it is not simply what was asked for. */
  readonly note?: string;
  /** Only while this still holds of the policy. */
  readonly onlyIf?: (policy: JitPolicy) => boolean;
}

/** Why the caller may not remove a VM's policy. It can also be removed when the VM is gone: nothing else would clean it up. */
export async function mayRemove(
  deps: HandlerDeps,
  { vm, principal }: Pick<PolicyRemoval, "vm" | "principal">,
): Promise<Refused | undefined> {
  const visible = await visibleVm(deps, principal, vm);
  const row = (await deps.records.get(vmsTable, vm))?.value;
  if (!isKnown(row) || (isRefused(visible) && visible.refusals[0].code !== "vm.gone"))
    return isRefused(visible) ? visible : notFound();
  const decision = await deps.may(principal, "remove-policy", row.profile);
  return decision.allowed ? undefined : forbidden(decision);
}

/** Removes the policy of a VM of which it is known that the caller may; again from the start when somebody else was faster. */
export async function commitRemoval(
  deps: HandlerDeps,
  { vm, principal, callId, preconditions, note, onlyIf = () => true }: PolicyRemoval,
): Promise<"removed" | "nothing-there" | Refused> {
  for (;;) {
    const entry = await deps.policies.load(vm);
    const current = entry.value?.policy;
    if (current === undefined || !onlyIf(current)) return "nothing-there";
    const failed = preconditions && checkPreconditions(preconditions, current.version);
    if (failed !== undefined) return refuse(failed);
    const version = current.version + 1;
    const at = deps.clock.now();
    const committed = await deps.policies.commit(
      entry,
      { vm, version, by: principal, at },
      {
        jobs: [],
        facts: [
          {
            fact: { type: "sallyport.policy.removed.v1", data: { vm, by: principal, version, at, note } },
            step: `policy-removed ${vm}`,
            causationId: callId,
            correlationId: callId,
            time: at,
          },
        ],
      },
    );
    if (committed.kind === "done") return "removed";
  }
}
