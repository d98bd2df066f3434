import { SallyportError } from "@sallyport/contracts";
import type { VmRef } from "@sallyport/contracts";
import type { Clock, Ledger } from "@sallyport/backbone";
import { holds, isLive, revoke } from "@sallyport/domain";
import type { GrantState, LockdownState, Revocation } from "@sallyport/domain";
import { promisesOf } from "./promises-of.ts";

export interface EndGrantDeps {
  readonly clock: Clock;
  readonly grants: Ledger<GrantState>;
}

/** Ends one grant before its time: row `Closing`, owing its `RevokeGrant` now. */
export async function endGrant({ clock, grants }: EndGrantDeps, revocation: Revocation): Promise<void> {
  const entry = await grants.load(revocation.grantId);
  const now = clock.now();
  const step = revoke(entry.value, revocation, now);
  if (step === undefined) return;
  const correlationId =
    entry.value?.state === "Failed" || entry.value === undefined ? revocation.grantId : entry.value.access.requestId;
  const committed = await grants.commit(entry, step.next, promisesOf(step, correlationId, now));
  if (committed.kind === "stale")
    throw new SallyportError({ code: "backbone.stale", detail: `grant ${revocation.grantId} changed meanwhile` });
}

/** Ends every grant of the VM on a port that the lockdown does not hold any more; all of them, once it is given up. */
export async function endGrantsOutside(deps: EndGrantDeps, vm: VmRef, lockdown: LockdownState): Promise<void> {
  for (const { value } of await deps.grants.find("vm", vm, vm)) {
    if (value === undefined || !isLive(value) || value.access.ports.every((port) => holds(lockdown, port))) continue;
    await endGrant(deps, { grantId: value.access.grantId, vm, reason: "policy-removed" });
  }
}

/** The VM is gone: whatever was open on it is over. */
export async function endAllGrants(deps: EndGrantDeps, vm: VmRef): Promise<void> {
  for (const { value } of await deps.grants.find("vm", vm, vm)) {
    if (value !== undefined && isLive(value))
      await endGrant(deps, { grantId: value.access.grantId, vm, reason: "vm-gone" });
  }
}
