import { cloudOf, refusal } from "@sallyport/contracts";
import type { LockdownId, LockdownOptions, ObjectId, PortSpec, Refusal, VmRef } from "@sallyport/contracts";
import { decider, decidersOf } from "./address-set.ts";
import { createAwsModel } from "./aws/model.ts";
import type { AwsQuotas } from "./aws/quota.ts";
import type { AwsRule } from "./aws/rule.ts";
import { permitText } from "./aws/permit.ts";
import { createAzureModel } from "./azure/model.ts";
import { isCollection } from "./azure/net.ts";
import type { AzureRule } from "./azure/net.ts";
import { checkPlan } from "./check-plan.ts";
import { exposureOf } from "./exposure.ts";
import { isAwsNet, isAzureNet } from "./explain.ts";
import type { Seal } from "./mark.ts";
import type { Change, NetworkModel } from "./model.ts";
import type { LockDown } from "./want.ts";

/** One change of a lockdown, in words a person can act on. */
export interface SaidChange {
  readonly object: ObjectId;
  readonly verb: Change<unknown>["verb"];
  readonly rule: string;
  /** Where the order decides. */
  readonly priority?: number;
}

/** What somebody should know before a lockdown is asked for. */
export interface ForecastWarning {
  /** `not-effective`: a rule that is not ours still lets somebody in. `shared-group`: other VMs lose access with it. */
  readonly code: "not-effective" | "shared-group";
  readonly detail: string;
  /** The rule that decides, or the VM that is affected. */
  readonly object: string;
}

/** What a lockdown would write, and what would come of it. */
export type LockdownForecast =
  | { readonly ok: true; readonly changes: readonly SaidChange[]; readonly warnings: readonly ForecastWarning[] }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

/** What is to be closed. */
export interface LockdownAsked {
  readonly vm: VmRef;
  readonly id: LockdownId;
  readonly ports: readonly PortSpec[];
  readonly options: LockdownOptions;
  /** Quotas of the account, where AWS has raised them: what the enforcer goes by. */
  readonly awsLimits?: AwsQuotas;
}

/** Nobody writes what is planned here, so nothing is signed; that the marks in a survey are ours is taken at their word. */
const unsigned: Seal = {
  sign: (claim) => ({ claim, keyId: "plan", signature: "unsigned" }),
  verifies: () => true,
};

/**
 * Plans a lockdown on a network as a survey stored it, as an enforcer would, checks its effect for every source as an enforcer does
 * (G11), and says what it would do. `undefined` when what is stored is none of this VM's, or of an earlier form. Whoever writes plans
 * and checks anew, on what is there then.
 */
export function forecastLockdown(stored: unknown, asked: LockdownAsked): LockdownForecast | undefined {
  if (cloudOf(asked.vm) === "azure")
    return isAzureNet(stored) ? forecastBy(createAzureModel(), stored, asked, sayAzure) : undefined;
  return isAwsNet(stored) ? forecastBy(createAwsModel(asked.awsLimits), stored, asked, sayAws) : undefined;
}

/** By one cloud's model. */
export function forecastBy<Net, Rule>(
  model: NetworkModel<Net, Rule>,
  net: Net,
  { vm, id, ports, options }: LockdownAsked,
  say: (change: Change<Rule>) => SaidChange,
): LockdownForecast | undefined {
  if (!model.vms(net).includes(vm)) return undefined;
  const want: LockDown = { kind: "lock-down", vm, id, ports, options, inverse: [] };
  const planned = model.plan(net, want, unsigned);
  if (!planned.ok) return { ok: false, refusals: planned.refusals };
  const check = checkPlan(model, net, want, planned.changes, unsigned);
  if (!check.ok) return { ok: false, refusals: [refusal("network.plan-unsafe", check.problem)] };
  const after = model.apply(net, planned.changes);
  const own = new Set(model.marked(after, unsigned).map(({ object, rule }) => decider(object, rule)));
  const isOurs = (by: string) => decidersOf(by).some((one) => own.has(one));
  const through = new Set(
    exposureOf(model, after, vm, ports)
      .filter(({ part }) => !isOurs(part.by))
      .map(({ part, port, protocol }) => `${part.by}\n${port}/${protocol}`),
  );
  const notEffective = [...through].map((text): ForecastWarning => {
    const [by = "", door = ""] = text.split("\n");
    return { code: "not-effective", object: by, detail: `${by} would still let traffic through to ${door}.` };
  });
  return { ok: true, changes: planned.changes.map(say), warnings: [...notEffective, ...affected()] };

  /** Only a group whose rules are taken away where it is shared touches others. */
  function affected(): readonly ForecastWarning[] {
    if (options.sharedGroups !== "revoke") return [];
    const reach = (of: Net, other: VmRef) =>
      JSON.stringify(exposureOf(model, of, other, ports), (_key, value: unknown) =>
        typeof value === "bigint" ? `${value}` : value,
      );
    return model
      .vms(net)
      .filter((other) => other !== vm && reach(net, other) !== reach(after, other))
      .map((other) => ({
        code: "shared-group",
        object: other,
        detail: `${other} shares a group that would be narrowed.`,
      }));
  }
}

const listed = (texts: readonly string[]): string => (texts.length === 0 ? "any" : texts.join(", "));

function sayAzure({ object, verb, rule }: Change<AzureRule>): SaidChange {
  const { name, priority } = rule;
  const text = isCollection(rule)
    ? `${rule.action} collection ${name}: ${rule.rules.map((one) => `${one.name} to ${listed(one.destinationPorts)}`).join("; ")}`
    : `${rule.access} ${rule.direction} ${name}: ${listed(rule.sources)} to ${listed(rule.destinationPorts)}/${rule.protocol} of ${listed(rule.destinations)}`;
  return { object, verb, rule: text, priority };
}

function sayAws({ object, verb, rule }: Change<AwsRule>): SaidChange {
  switch (rule.kind) {
    case "group":
      return { object, verb, rule: `security group ${rule.name} in ${rule.vpc}` };
    case "ingress":
      return { object, verb, rule: `allow inbound ${permitText(rule.permit)}` };
    case "membership":
      return { object, verb, rule: `membership of security group ${rule.group}` };
  }
}
