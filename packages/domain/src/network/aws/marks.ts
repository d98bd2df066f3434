import { shortNameOf } from "@sallyport/contracts";
import type { ObjectId, VmRef } from "@sallyport/contracts";
import { markText, readMark } from "../mark.ts";
import type { Claim, Mark, Seal } from "../mark.ts";
import type { Marked } from "../model.ts";
import { MARK_TAG, VM_TAG, isOwnName } from "./names.ts";
import type { AwsGroup, AwsNet, AwsPermit, AwsTag } from "./net.ts";
import { permitText } from "./permit.ts";

/** The mark as it stands in tags: a description cannot be changed once a group is made, tags can (settled.md §2). */
export const markTag = (mark: Mark): AwsTag => ({ key: MARK_TAG, value: markText(mark) });

/** What a group of ours carries. */
export const groupTags = (mark: Mark, vm: VmRef): readonly AwsTag[] => [
  markTag(mark),
  { key: VM_TAG, value: shortNameOf(vm) },
];

export const withoutMark = (tags: readonly AwsTag[]): readonly AwsTag[] => tags.filter(({ key }) => key !== MARK_TAG);

function markIn(tags: readonly AwsTag[]): Mark | undefined {
  const text = tags.find(({ key }) => key === MARK_TAG)?.value;
  return text === undefined ? undefined : readMark(text);
}

const of = (seal: Seal, object: ObjectId, rule: string, mark: Mark | undefined): readonly Marked[] =>
  mark === undefined ? [] : [{ object, rule, mark, verified: seal.verifies(mark, { object, rule }) }];

/** What the group claims for itself. */
export const markOfGroup = (group: AwsGroup, seal: Seal): Marked | undefined =>
  of(seal, group.key, group.name, markIn(group.tags))[0];

/** What one of its rules claims: a remainder that a lockdown left. */
export const markOfRule = (group: AwsGroup, permit: AwsPermit, seal: Seal): Marked | undefined =>
  of(seal, group.key, permitText(permit), markIn(permit.tags))[0];

/** Does this genuinely belong to the claim's grant or lockdown? Its end may be another one. */
export const isOf = (marked: Marked | undefined, kind: Claim["kind"], id: string): boolean =>
  marked?.verified === true && marked.mark.claim.kind === kind && marked.mark.claim.id === id;

/** A group that some grant genuinely put there: no lockdown touches it. */
export const isGrantGroup = (group: AwsGroup, seal: Seal): boolean => {
  const marked = markOfGroup(group, seal);
  return marked?.verified === true && marked.mark.claim.kind === "grant";
};

/** Every group and every rule in it that claims to be ours. */
export const markedIn = (net: AwsNet, seal: Seal): readonly Marked[] =>
  net.groups.flatMap((group) => [
    ...of(seal, group.key, group.name, markIn(group.tags)),
    ...group.ingress.flatMap((permit) => of(seal, group.key, permitText(permit), markIn(permit.tags))),
  ]);

/** The name under which a group's rule decides: a group of ours decides as a whole, in any other each rule has its own name. */
export const ruleName = (group: AwsGroup, permit: AwsPermit): string =>
  isOwnName(group.name) && markIn(group.tags) !== undefined ? group.name : permitText(permit);
