import type { AwsPermit, AwsRule, Change } from "@sallyport/domain";
import type { Membership } from "./write-membership.ts";

type GroupRule = Extract<AwsRule, { kind: "group" }>;

/** One write, for `size` consecutive changes of one object. */
export type Step =
  | { readonly kind: "put-group" | "delete-group"; readonly rule: GroupRule; readonly size: number }
  | { readonly kind: "authorize" | "revoke"; readonly permits: readonly AwsPermit[]; readonly size: number }
  | { readonly kind: "memberships"; readonly changes: readonly Membership[]; readonly size: number };

/**
 * As few writes as the order allows: neighbours that EC2 takes in one call become one. Rules with different tags need a call each,
 * since a call's tags are for all its rules.
 */
export function stepsOf(changes: readonly Change<AwsRule>[]): readonly Step[] {
  const steps: Step[] = [];
  for (const change of changes) {
    const next = stepOf(change);
    const last = steps.at(-1);
    const joined = last && joinedOf(last, next);
    if (joined === undefined) steps.push(next);
    else steps[steps.length - 1] = joined;
  }
  return steps;
}

function stepOf({ object, verb, rule }: Change<AwsRule>): Step {
  switch (rule.kind) {
    case "group":
      if (verb === "put" || verb === "delete") return { kind: `${verb}-group`, rule, size: 1 };
      break;
    case "ingress":
      if (verb === "put") return { kind: "authorize", permits: [rule.permit], size: 1 };
      if (verb === "delete") return { kind: "revoke", permits: [rule.permit], size: 1 };
      break;
    case "membership":
      if (verb === "attach" || verb === "detach")
        return { kind: "memberships", changes: [{ verb, group: rule.group, vm: rule.vm }], size: 1 };
      break;
  }
  throw new Error(`there is no way to ${verb} a ${rule.kind} on ${object}`);
}

function joinedOf(a: Step, b: Step): Step | undefined {
  const size = a.size + b.size;
  if (a.kind === "memberships" && b.kind === "memberships")
    return { kind: "memberships", changes: [...a.changes, ...b.changes], size };
  if (a.kind === "revoke" && b.kind === "revoke")
    return { kind: "revoke", permits: [...a.permits, ...b.permits], size };
  if (a.kind === "authorize" && b.kind === "authorize" && tagsOf(a.permits) === tagsOf(b.permits))
    return { kind: "authorize", permits: [...a.permits, ...b.permits], size };
  return undefined;
}

const tagsOf = ([first]: readonly AwsPermit[]): string => JSON.stringify(first?.tags ?? []);
