import { SallyportError } from "@sallyport/contracts";
import type { EventOf, VmRef } from "@sallyport/contracts";
import type { Clock, Ledger } from "@sallyport/backbone";
import { approve } from "@sallyport/domain";
import type { GrantState, LockdownState } from "@sallyport/domain";
import { endGrantsOutside } from "./end-grants.ts";
import { promisesOf } from "./promises-of.ts";

export interface OnAccessApprovedDeps {
  readonly clock: Clock;
  readonly grants: Ledger<GrantState>;
  readonly lockdowns: Ledger<LockdownState>;
}

/** Takes an approval down, durably, with its closing scheduled first. It never calls a cloud (guarantees.md, steps 1 and 2). */
export const onAccessApproved =
  ({ clock, grants, lockdowns }: OnAccessApprovedDeps) =>
  async (event: EventOf<"sallyport.access.approved.v1">): Promise<void> => {
    /**
     * A policy may have dropped the port while the approval was taken down: each side writes its own row first and then looks at the
     * other's, so one of them sees it. Also on redelivery: a crash may have been in between.
     */
    const endIfOutside = async (vm: VmRef, seen?: number): Promise<void> => {
      const { value, version } = await lockdowns.load(vm);
      if (value !== undefined && version !== seen) await endGrantsOutside({ clock, grants }, vm, value);
    };
    const { access, notAfter, approvedAt, extends: extending } = event.data;
    const [entry, lockdown] = await Promise.all([grants.load(access.grantId), lockdowns.load(access.vm)]);
    const now = clock.now();
    const step = approve(
      entry.value,
      { access, notAfter, approvedAt, extends: extending, cause: event.id },
      lockdown.value,
      now,
    );
    if (step === undefined) return endIfOutside(access.vm);
    if (step === "wait")
      throw new SallyportError({
        code: "backbone.stale",
        detail: `what grant ${access.grantId} builds on is not known here yet`,
      });
    const committed = await grants.commit(entry, step.next, promisesOf(step, access.requestId, now));
    if (committed.kind === "stale")
      throw new SallyportError({ code: "backbone.stale", detail: `grant ${access.grantId} changed meanwhile` });
    await endIfOutside(access.vm, lockdown.version);
  };
