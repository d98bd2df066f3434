import { SallyportError } from "@sallyport/contracts";
import type { EventOf } from "@sallyport/contracts";
import type { Clock, Ledger } from "@sallyport/backbone";
import { seenAt } from "@sallyport/domain";
import type { GrantState, LockdownState } from "@sallyport/domain";
import { looksAtGrants } from "./looks-at-grants.ts";
import { promisesOf } from "./promises-of.ts";

export interface OnClassifiedDeps {
  readonly clock: Clock;
  readonly grants: Pick<Ledger<GrantState>, "find">;
  readonly lockdowns: Ledger<LockdownState>;
}

/** A survey saw the VM somewhere else than before: its lockdown and its open doors follow at once (P8). */
export const onClassified =
  ({ clock, grants, lockdowns }: OnClassifiedDeps) =>
  async ({ data, correlationid }: EventOf<"sallyport.posture.classified.v1">): Promise<void> => {
    const { vm, profile } = data;
    const place = [...profile.interfaces, ...(profile.privateAddresses ?? [])].toSorted().join(" ");
    const now = clock.now();
    const entry = await lockdowns.load(vm);
    const step = seenAt(entry.value, place, now);
    if (step === undefined) return;
    const jobs = step.jobs.length === 0 ? [] : await looksAtGrants(grants, vm, now);
    const whole = { ...step, jobs: [...step.jobs, ...jobs] };
    if ((await lockdowns.commit(entry, step.next, promisesOf(whole, correlationid, now))).kind === "stale")
      throw new SallyportError({ code: "backbone.stale", detail: `the lockdown of ${vm} changed meanwhile` });
  };
