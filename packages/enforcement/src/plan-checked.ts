import type { Log, Metrics } from "@sallyport/backbone";
import { errorKinds, refusal, SallyportError } from "@sallyport/contracts";
import type { ObjectId, Refusal } from "@sallyport/contracts";
import { checkPlan } from "@sallyport/domain";
import type { NetworkModel, Plan, Seal, Want } from "@sallyport/domain";

export interface PlanCheckedDeps<Net, Rule> {
  readonly model: NetworkModel<Net, Rule>;
  readonly seal: Seal;
  readonly log: Log;
  readonly metrics: Metrics;
}

export type PlanChecked<Rule> =
  | ({ readonly kind: "planned" } & Plan<Rule>)
  | { readonly kind: "refused"; readonly refusals: readonly [Refusal, ...Refusal[]] };

/**
 * The only way to a plan that may be written: its effect is computed for every address, and what fails is refused, loudly (G11). What
 * cannot be planned for the moment only is no refusal: thrown, as a fault that is tried again.
 */
export function planChecked<Net, Rule>(
  { model, seal, log, metrics }: PlanCheckedDeps<Net, Rule>,
  net: Net,
  want: Want,
  object?: ObjectId,
): PlanChecked<Rule> {
  const planned = model.plan(net, want, seal);
  if (!planned.ok) {
    const { refusals } = planned;
    if (refusals.every(({ code }) => errorKinds[code].retryable)) throw new SallyportError(refusals[0]);
    return { kind: "refused", refusals };
  }
  const check = checkPlan(model, net, want, planned.changes, seal);
  if (check.ok) return { ...planned, kind: "planned" };
  log.error("a plan failed its check, nothing of it was applied", {
    want,
    problem: check.problem,
    changes: planned.changes,
  });
  metrics.count("sallyport_unsafe_plans_total");
  return {
    kind: "refused",
    refusals: [refusal("network.plan-unsafe", check.problem, object === undefined ? {} : { object })],
  };
}
