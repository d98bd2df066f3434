import { ObjectId } from "@sallyport/contracts";
import type { GrantId, LockdownId } from "@sallyport/contracts";

/** The tag that carries the mark, of a group or of one rule. */
export const MARK_TAG = "sallyport:mark";

/** The tag that says for which instance a group of ours was made, so that it is found before it is attached. */
export const VM_TAG = "sallyport:vm";

const OURS = "sallyport-";
const CLONE = /^sallyport-clone-[a-z0-9]{8,32}-([0-9a-z]{1,64})$/;

/** The group of one grant. Ids of grants have no hyphen, so it is never the name of a clone. */
export const grantGroupName = (grant: GrantId): string => `${OURS}${grant}`;

/** The clone that takes a shared group's place on one VM; it says on itself what it stands for. */
export const cloneName = (lockdown: LockdownId, groupId: string): string =>
  `${OURS}clone-${lockdown}-${groupId.replace(/^sg-/, "")}`;

/** The group that a clone stands for; `undefined` for any other name. */
export function clonedFrom(name: string): ObjectId | undefined {
  const suffix = CLONE.exec(name)?.[1];
  return suffix === undefined ? undefined : ObjectId.parse(`sg-${suffix}`);
}

/** Whether a group of this name may be ours; whether it is, its mark says. */
export const isOwnName = (name: string): boolean => name.startsWith(OURS);

/** A group of ours before and after it exists: names are unique within a VPC. */
export const ownObject = (vpc: string, name: string): ObjectId => ObjectId.parse(`${vpc}/${name}`);

/** What an object id of ours says; `undefined` for `sg-…` and `eni-…`. */
export function ownParts(object: ObjectId): { readonly vpc: string; readonly name: string } | undefined {
  const cut = object.indexOf("/");
  const name = object.slice(cut + 1);
  return cut > 0 && isOwnName(name) ? { vpc: object.slice(0, cut), name } : undefined;
}
