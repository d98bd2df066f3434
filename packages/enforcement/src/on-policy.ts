import { SallyportError } from "@sallyport/contracts";
import type { EventOf, LockdownId, VmRef } from "@sallyport/contracts";
import type { Entry, Ledger } from "@sallyport/backbone";
import { configure, dismiss } from "@sallyport/domain";
import type { LockdownState, Step } from "@sallyport/domain";
import { endGrantsOutside } from "./end-grants.ts";
import type { EndGrantDeps } from "./end-grants.ts";
import { promisesOf } from "./promises-of.ts";

export interface OnPolicyDeps extends EndGrantDeps {
  readonly lockdowns: Ledger<LockdownState>;
  readonly lockdownIdOf: (vm: VmRef) => LockdownId;
}

/** The policy of a VM was set: its lockdown follows, and grants on ports that it no longer selects end. */
export const onPolicyConfigured =
  (deps: OnPolicyDeps) =>
  async (event: EventOf<"sallyport.policy.configured.v1">): Promise<void> => {
    const { policy } = event.data;
    const entry = await deps.lockdowns.load(policy.vm);
    await follow(
      deps,
      policy.vm,
      entry,
      configure(entry.value, policy, deps.lockdownIdOf(policy.vm), event.id, deps.clock.now()),
      event.correlationid,
    );
  };

/** The policy of a VM was removed: what its lockdown took comes back, and every grant on it ends. */
export const onPolicyRemoved =
  (deps: OnPolicyDeps) =>
  async (event: EventOf<"sallyport.policy.removed.v1">): Promise<void> => {
    const { vm, version } = event.data;
    const entry = await deps.lockdowns.load(vm);
    await follow(
      deps,
      vm,
      entry,
      dismiss(entry.value, { vm, version }, deps.lockdownIdOf(vm), event.id, deps.clock.now()),
      event.correlationid,
    );
  };

/** Level-triggered: also when the step was taken before, the grants are looked at again; a crash in between loses nothing. */
async function follow(
  deps: OnPolicyDeps,
  vm: VmRef,
  entry: Entry<LockdownState>,
  step: Step<LockdownState> | undefined,
  correlationId: string,
): Promise<void> {
  if (step !== undefined) {
    const committed = await deps.lockdowns.commit(entry, step.next, promisesOf(step, correlationId, deps.clock.now()));
    if (committed.kind === "stale")
      throw new SallyportError({ code: "backbone.stale", detail: `the lockdown of ${vm} changed meanwhile` });
  }
  const lockdown = step?.next ?? entry.value;
  if (lockdown !== undefined) await endGrantsOutside(deps, vm, lockdown);
}
