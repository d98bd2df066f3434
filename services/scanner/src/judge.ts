import type { Finding, Port, ScopeId } from "@sallyport/contracts";
import { classify, covers } from "@sallyport/domain";
import type { Exposure, LockdownStanding, VmFacts } from "@sallyport/domain";
import type { Standing } from "./tables.ts";

/** What the deployment says about the recommendation. */
export interface Recommendation {
  /** The scopes that the settings connect; each is enrolled unless it is withdrawn. */
  readonly connected: ReadonlySet<ScopeId>;
  /** Scopes on which it is switched off: resource ids on Azure, `<account>/<region>` on AWS. */
  readonly disabledScopes: readonly string[];
  readonly managementPorts: readonly Port[];
}

/** The finding of a VM from what was seen of it and heard of it. */
export function judge(
  seen: { readonly facts: VmFacts; readonly exposure: readonly Exposure[] },
  standing: Standing | undefined,
  { isEnrolled, disabledScopes }: Pick<Recommendation, "disabledScopes"> & { readonly isEnrolled: boolean },
): Finding {
  const { vm, scope } = seen.facts.profile;
  const disabledAt = disabledScopes.find((one) => one === scope || (one.startsWith("/") && covers(one, vm, {})));
  return classify({
    ...seen,
    isEnrolled,
    ...(disabledAt === undefined ? {} : { disabledAt }),
    ...(standing?.policy === undefined ? {} : { policy: standing.policy }),
    lockdown: lockdownOf(standing),
  });
}

/** A lockdown of other ports than the policy's is on its way still. */
function lockdownOf(standing: Standing | undefined): LockdownStanding {
  const { policy, lockdown } = standing ?? {};
  if (lockdown === undefined) return { kind: "pending" };
  const isComplete = policy?.ports.every(({ port, protocol }) =>
    lockdown.ports.some((one) => one.port === port && one.protocol === protocol),
  );
  return isComplete === false ? { kind: "pending" } : lockdown.outcome;
}
