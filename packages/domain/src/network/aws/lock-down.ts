import { refusal, shortNameOf } from "@sallyport/contracts";
import type { ObjectId, Refusal } from "@sallyport/contracts";
import type { Seal } from "../mark.ts";
import type { Change, Planned } from "../model.ts";
import type { LockDown } from "../want.ts";
import { cloneGroup, cloneKey, membership, swap } from "./clone-group.ts";
import { clonedFrom } from "./names.ts";
import { isGrantGroup, isOf, markOfGroup } from "./marks.ts";
import { groupOf, holdersOf, interfacesOf } from "./net.ts";
import type { AwsGroup, AwsInterface, AwsNet } from "./net.ts";
import { narrowGroup } from "./narrow-group.ts";
import type { Narrowing, TakenFrom } from "./narrow-group.ts";
import { meets } from "./permit.ts";
import { groupQuotaRefusal, regionQuotaRefusal } from "./quota.ts";
import type { AwsLimits } from "./quota.ts";
import { noInterface, vmGone } from "./refusals.ts";
import type { AwsRule } from "./rule.ts";
import { readStored, storedText } from "./stored.ts";

/** What becomes of one attached group. */
type Step =
  | { readonly kind: "narrow"; readonly group: AwsGroup }
  | { readonly kind: "clone"; readonly group: AwsGroup }
  | { readonly kind: "refuse"; readonly refusal: Refusal };

/**
 * Closes the selected ports (S14, S15): over the union of all groups of all the VM's interfaces, grants' own groups left out. A group
 * that others share is refused, cloned for this VM, or narrowed for all, as the policy says (P18).
 */
export function planLockDown(net: AwsNet, want: LockDown, seal: Seal, limits: AwsLimits): Planned<AwsRule> {
  const interfaces = interfacesOf(net, want.vm);
  if (!net.instances.some(({ vm }) => vm === want.vm)) return vmGone(want.vm);
  if (interfaces.length === 0) return noInterface(want.vm);
  const inverse = want.inverse.map(readStored);
  const steps = once(attachedTo(interfaces).flatMap((key) => stepFor(net, key, want, seal)));
  const results = steps.map((step): Narrowing => {
    switch (step.kind) {
      case "narrow":
        return narrowGroup(net, step.group, takenFrom(inverse, step.group.key), want, seal, limits);
      case "clone":
        return cloneGroup(net, step.group, want, seal, limits);
      case "refuse":
        return { changes: [], inverse: [], refusals: [step.refusal] };
    }
  });
  const clones = steps.flatMap((step) => (step.kind === "clone" ? [step.group] : []));
  // Groups are made first: where EC2 has no room for one, nothing was taken from another.
  const changesOf = (kind: Step["kind"]) => results.flatMap((one, i) => (steps[i]?.kind === kind ? one.changes : []));
  const changes = [
    ...changesOf("clone"),
    ...changesOf("narrow"),
    ...interfaces.flatMap((one) => swapsOn(one, clones, want, seal)),
  ];
  const isFirst = want.inverse.length === 0 && changes.length > 0;
  const room = isFirst ? interfaces.flatMap((one) => groupQuotaRefusal(foreignOn(net, one, seal), limits) ?? []) : [];
  const missing = clones.filter((group) => groupOf(net, cloneKey(group, want)) === undefined).length;
  // And room for the first grant.
  const region = regionQuotaRefusal(net, want.vm, missing + (isFirst ? 1 : 0), limits);
  const [first, ...more] = [
    ...results.flatMap((one) => one.refusals),
    ...room,
    ...(region === undefined ? [] : [region]),
  ];
  if (first !== undefined) return { ok: false, refusals: [first, ...more] };
  // Narrowing a group answers for all that was taken from it; whatever else was taken stays taken.
  const answered = new Set(steps.flatMap((step) => (step.kind === "narrow" ? [step.group.key] : [])));
  const whole = [
    ...inverse.filter(({ object, rule }) => !(rule.kind === "ingress" && answered.has(object))),
    ...results.flatMap((one) => one.inverse),
    ...clones.flatMap((group) => undoClone(group, interfaces, want)),
  ];
  return { ok: true, changes, inverse: inOrder(whole) };
}

const attachedTo = (interfaces: readonly AwsInterface[]): readonly ObjectId[] => [
  ...new Set(interfaces.flatMap(({ groups }) => groups)),
];

/** An original that is attached beside its copy is one thing to do, not two. */
const once = (steps: readonly Step[]): readonly Step[] =>
  steps.filter(
    (step, i) =>
      step.kind !== "clone" || steps.findIndex((one) => one.kind === "clone" && one.group === step.group) === i,
  );

function stepFor(net: AwsNet, key: ObjectId, want: LockDown, seal: Seal): readonly Step[] {
  const group = groupOf(net, key);
  if (group === undefined)
    return [refuse(refusal("network.source-unknown", `The rules of ${key} could not be read.`, { object: key }))];
  if (isGrantGroup(group, seal)) return [];
  const original = isOf(markOfGroup(group, seal), "lockdown", want.id) ? clonedFrom(group.name) : undefined;
  if (original !== undefined) {
    const followed = groupOf(net, original);
    // Nobody is left to follow: the copy is a group like any other.
    return [followed === undefined ? { kind: "narrow", group } : { kind: "clone", group: followed }];
  }
  if (!group.ingress.some((permit) => meets(permit, want.ports))) return [{ kind: "narrow", group }];
  const others = holdersOf(net, key).filter(({ vm }) => vm !== want.vm);
  if (others.length === 0 && group.membersKnown) return [{ kind: "narrow", group }];
  switch (want.options.sharedGroups) {
    case "revoke":
      return [{ kind: "narrow", group }];
    case "clone":
      return [{ kind: "clone", group }];
    case "refuse":
      return [refuse(shared(group, others))];
  }
}

const refuse = (why: Refusal): Step => ({ kind: "refuse", refusal: why });

function shared(group: AwsGroup, others: readonly AwsInterface[]): Refusal {
  const names = others.slice(0, 10).map(({ id, vm }) => (vm === undefined ? id : `${id} of ${shortNameOf(vm)}`));
  const more = others.length > names.length ? ` and ${others.length - names.length} more` : "";
  const who = names.length === 0 ? "It is not known who else is in it" : `Also in it: ${names.join(", ")}${more}`;
  return refusal(
    "network.shared-group",
    `${group.key} opens the ports for other machines, too. ${who}. Choose sharedGroups "clone" to give this VM a copy, or "revoke" to close them for all.`,
    { object: group.key },
  );
}

/** Room for a grant is asked for beforehand (P20); groups of grants come and go, so they do not count. */
const foreignOn = (net: AwsNet, one: AwsInterface, seal: Seal): AwsInterface => ({
  ...one,
  groups: one.groups.filter((key) => {
    const group = groupOf(net, key);
    return group === undefined || !isGrantGroup(group, seal);
  }),
});

const swapsOn = (
  one: AwsInterface,
  clones: readonly AwsGroup[],
  want: LockDown,
  seal: Seal,
): readonly Change<AwsRule>[] =>
  clones
    .filter(({ key }) => one.groups.includes(key))
    .flatMap((group) => {
      const key = cloneKey(group, want);
      const name = key.slice(key.indexOf("/") + 1);
      return swap(one, key, group.key, seal.sign({ kind: "lockdown", id: want.id }, { object: key, rule: name }));
    });

function undoClone(group: AwsGroup, interfaces: readonly AwsInterface[], want: LockDown): readonly Change<AwsRule>[] {
  const object = cloneKey(group, want);
  const { scope, vpc } = group;
  const name = object.slice(object.indexOf("/") + 1);
  return [
    ...interfaces
      .filter(({ groups }) => groups.includes(group.key))
      .flatMap((one) => [membership(one, "attach", group.key), membership(one, "detach", object)]),
    { object, verb: "delete", rule: { kind: "group", scope, vpc, name, description: "", tags: [] } },
  ];
}

/** What the inverse holds about one group. */
export function takenFrom(inverse: readonly Change<AwsRule>[], key: ObjectId): TakenFrom {
  const about = (verb: "put" | "delete") =>
    inverse.flatMap((change) =>
      change.object === key && change.verb === verb && change.rule.kind === "ingress" ? [change.rule.permit] : [],
    );
  return { rules: about("put"), remainders: about("delete") };
}

/** Each thing once, in the order in which it could be written: rules, then memberships, then groups that go. */
function inOrder(inverse: readonly Change<AwsRule>[]): readonly Change<AwsRule>[] {
  const once = [...new Map(inverse.map((change) => [storedText(change), change])).values()];
  const rank = { ingress: 0, membership: 1, group: 2 } as const;
  return once.toSorted((a, b) => rank[a.rule.kind] - rank[b.rule.kind]);
}
