import type { ObjectId, ScopeId } from "@sallyport/contracts";
import { MARK_TAG, ownParts } from "@sallyport/domain";
import type { SecurityGroup } from "@aws-sdk/client-ec2";
import { filter } from "./ec2.ts";
import type { Ec2 } from "./ec2.ts";

/** Which `sg-…` a group of ours is. Its name is its id to us (settled.md §1); EC2 is asked by tag, and what it said is remembered. */
export interface Directory {
  /** The group as EC2 has it now; `undefined` when there is none of ours by that name. */
  readonly find: (object: ObjectId) => Promise<SecurityGroup | undefined>;
  /** The id as it was last seen, if it was. */
  readonly known: (object: ObjectId) => string | undefined;
  /** The id, remembered or asked for; any other object is its own id. */
  readonly idOf: (object: ObjectId) => Promise<string | undefined>;
  readonly remember: (object: ObjectId, id: string) => void;
  readonly forget: (object: ObjectId) => void;
}

/** Ids are remembered from whatever was read or made; a wrong memory shows as `not found` and is forgotten. */
export type Memory = Map<string, string>;

const slotOf = (scope: ScopeId, object: ObjectId) => `${scope} ${object}`;

export function rememberIn(memory: Memory, scope: ScopeId, object: ObjectId, id: string): void {
  if (memory.size >= MOST) memory.clear();
  memory.set(slotOf(scope, object), id);
}

/** The most that is remembered; beyond it EC2 is asked again. */
const MOST = 10_000;

export function createDirectory(ec2: Ec2, scope: ScopeId, memory: Memory): Directory {
  const slot = (object: ObjectId) => slotOf(scope, object);
  const remember = (object: ObjectId, id: string) => rememberIn(memory, scope, object, id);
  const find = async (object: ObjectId): Promise<SecurityGroup | undefined> => {
    const own = ownParts(object);
    const filters =
      own === undefined
        ? [filter("group-id", object)]
        : [filter("vpc-id", own.vpc), filter("group-name", own.name), filter("tag-key", MARK_TAG)];
    const [group] = await ec2.groups(filters);
    if (group?.GroupId === undefined) memory.delete(slot(object));
    else remember(object, group.GroupId);
    return group;
  };
  return {
    find,
    known: (object) => memory.get(slot(object)),
    idOf: async (object) =>
      ownParts(object) === undefined ? object : (memory.get(slot(object)) ?? (await find(object))?.GroupId),
    remember,
    forget: (object) => {
      memory.delete(slot(object));
    },
  };
}
