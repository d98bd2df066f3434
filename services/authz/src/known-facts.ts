import type { Records } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import type { Instant, ScopeId, VmRef } from "@sallyport/contracts";
import { enrolments, policies, vms } from "./tables.ts";
import type { KnownPolicy, KnownVm } from "./tables.ts";

/** What authz has heard of a VM so far, on other topics. */
export interface KnownFacts {
  /** The VM and its policy, as new as `policyVersion` at least. */
  readonly of: (
    vm: VmRef,
    policyVersion: number,
  ) => Promise<{ readonly vm: KnownVm; readonly policy: KnownPolicy | undefined }>;
  /** Whether somebody has withdrawn the scope, and when. */
  readonly withdrawn: (scope: ScopeId) => Promise<Instant | undefined>;
}

/**
 * Topics have no order between them: who asks for a VM or a policy version that was not heard of yet waits for it. The fault is
 * retryable, so the partition holds.
 */
export const createKnownFacts = (records: Records): KnownFacts => ({
  of: async (vm, policyVersion) => {
    const [known, policy] = await Promise.all([records.get(vms, vm), records.get(policies, vm)]);
    if (known === undefined) throw notHeardOf(`${vm} itself`);
    if ((policy?.value.version ?? 0) < policyVersion)
      throw notHeardOf(`version ${policyVersion} of the policy of ${vm}`);
    return { vm: known.value, policy: policy?.value };
  },
  withdrawn: async (scope) => {
    const enrolment = (await records.get(enrolments, scope))?.value;
    return enrolment?.status === "Withdrawn" ? enrolment.at : undefined;
  },
});

const notHeardOf = (what: string): SallyportError =>
  new SallyportError({ code: "backbone.stale", detail: `authz has not heard of ${what} yet` });
