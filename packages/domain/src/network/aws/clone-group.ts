import { refusal } from "@sallyport/contracts";
import type { ObjectId, Refusal } from "@sallyport/contracts";
import type { Seal } from "../mark.ts";
import type { Change } from "../model.ts";
import type { LockDown } from "../want.ts";
import { groupTags, isOf, markOfGroup, withoutMark } from "./marks.ts";
import { cloneName, ownObject } from "./names.ts";
import { holdersOf } from "./net.ts";
import type { AwsGroup, AwsInterface, AwsNet, AwsPermit } from "./net.ts";
import { refuseAnyProtocol } from "./narrow-group.ts";
import type { Narrowing } from "./narrow-group.ts";
import { meets, permitText, remainderOf, widest } from "./permit.ts";
import { ruleQuotaRefusal } from "./quota.ts";
import type { AwsLimits } from "./quota.ts";
import type { AwsRule } from "./rule.ts";

export const cloneKey = (group: AwsGroup, want: Pick<LockDown, "id">): ObjectId =>
  ownObject(group.vpc, cloneName(want.id, group.id ?? group.key));

/** A rule as it can be written again elsewhere. */
const copyOf = ({ id: _id, ...permit }: AwsPermit): AwsPermit => ({ ...permit, tags: withoutMark(permit.tags) });

/**
 * The group that takes a shared one's place on this VM (P18): the same rules but for the selected ports. It is created and filled
 * before it is attached, and follows its original from then on: what is written into the original or taken out of it is written into
 * the copy, too, and what others write into the copy itself goes again, since it says of itself that it is a copy.
 */
export function cloneGroup(net: AwsNet, group: AwsGroup, want: LockDown, seal: Seal, limits: AwsLimits): Narrowing {
  const key = cloneKey(group, want);
  const name = cloneName(want.id, group.id ?? group.key);
  const existing = net.groups.find((one) => one.key === key);
  const stranger = existing !== undefined && !isOf(markOfGroup(existing, seal), "lockdown", want.id);
  const cut = group.ingress.filter((permit) => meets(permit, want.ports));
  const mark = seal.sign({ kind: "lockdown", id: want.id }, { object: key, rule: name });
  const egress = group.egress.map(copyOf);
  const clone: AwsGroup = existing ?? {
    ...group,
    key,
    name,
    description: `Sallyport lockdown ${want.id} in place of ${group.id ?? group.key} - a copy that follows it`,
    tags: groupTags(mark, want.vm),
    ingress: [],
    egress: [],
  };
  const create: Change<AwsRule> = {
    object: key,
    verb: "put",
    rule: {
      kind: "group",
      scope: group.scope,
      vpc: group.vpc,
      name,
      description: clone.description,
      tags: groupTags(mark, want.vm),
      egress,
    },
    mark,
  };
  const keeps = group.ingress.filter((permit) => !cut.includes(permit));
  const pieces = widest([...keeps, ...cut.flatMap((permit) => remainderOf(permit, want.ports))]).filter(
    (piece) => !keeps.includes(piece),
  );
  // A rule that equals what remains of another stays itself.
  const target = new Map(
    [...pieces, ...keeps].map((permit) => [permitText(permit), put(clone, copyOf(permit))] as const),
  );
  const held = new Set(clone.ingress.map(permitText));
  const isAttached = existing !== undefined && holdersOf(net, key).length > 0;
  const fill = [
    ...(existing === undefined || !sameRules(existing.egress, egress) ? [create] : []),
    ...[...target].filter(([text]) => !held.has(text)).map(([, change]) => change),
    ...clone.ingress
      .filter((permit) => !target.has(permitText(permit)))
      .map((permit) => ({ ...put(clone, permit), verb: "delete" as const })),
  ];
  const quota = ruleQuotaRefusal(
    net,
    { key },
    [...target.values()].flatMap(({ rule }) => (rule.kind === "ingress" ? [rule.permit] : [])),
    limits,
  );
  return {
    changes: fill,
    // Where the copy goes, its rules go with it.
    inverse: [],
    refusals: [
      ...(stranger ? [nameTaken(key)] : []),
      ...(isAttached ? [] : refuseReferences(net, group)),
      ...refuseAnyProtocol(group, cut, want, want.ports),
      ...(quota === undefined ? [] : [quota]),
    ],
  };
}

const put = (group: AwsGroup, permit: AwsPermit): Change<AwsRule> => ({
  object: group.key,
  verb: "put",
  rule: { kind: "ingress", scope: group.scope, permit },
});

const sameRules = (a: readonly AwsPermit[], b: readonly AwsPermit[]): boolean =>
  a.length === b.length && new Set([...a, ...b].map(permitText)).size === a.length;

/** To be shown where a name of ours is held by something that is not ours. */
export const nameTaken = (key: ObjectId): Refusal =>
  refusal(
    "network.unsupported",
    `There is a group ${key} already, and its mark is not ours: it may have been edited. Check it and delete or rename it.`,
    { object: key },
  );

/** Who leaves a group that others name as a source or destination loses what that lets him do elsewhere; a clone cannot give it back. */
function refuseReferences(net: AwsNet, group: AwsGroup): readonly Refusal[] {
  const refers = ({ peer }: AwsPermit) => peer.kind === "group" && peer.id === group.id;
  const near = net.groups.filter((one) => [...one.ingress, ...one.egress].some(refers)).map(({ key }) => key);
  const by = [...near, ...(group.referredFrom ?? []).map((vpc) => `a group in the peered ${vpc}`)];
  if (by.length === 0 && group.referencesKnown) return [];
  const who = by.length === 0 ? "it is not known which groups refer to it" : `${by.join(", ")} refers to it`;
  return [
    refusal(
      "network.shared-group",
      `${group.key} cannot be cloned for this VM: ${who}, and the VM would leave it. Give the VM a group of its own, or choose sharedGroups "revoke".`,
      { object: group.key },
    ),
  ];
}

/** The clone on and the original off, one interface after the other, each in one go. */
export const swap = (
  one: AwsInterface,
  on: ObjectId,
  off: ObjectId,
  mark?: Change<AwsRule>["mark"],
): readonly Change<AwsRule>[] => [
  ...(one.groups.includes(on) ? [] : [membership(one, "attach", on, mark)]),
  ...(one.groups.includes(off) ? [membership(one, "detach", off, mark)] : []),
];

export const membership = (
  { id, scope }: AwsInterface,
  verb: "attach" | "detach",
  group: ObjectId,
  mark?: Change<AwsRule>["mark"],
): Change<AwsRule> => ({
  object: id,
  verb,
  rule: { kind: "membership", scope, group },
  ...(mark !== undefined && { mark }),
});
