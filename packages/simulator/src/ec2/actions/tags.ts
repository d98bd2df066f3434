import type { Tag } from "../../world/aws/describe.ts";
import { withEntry } from "../../world/aws/region.ts";
import type { AwsRegion } from "../../world/aws/region.ts";
import type { Action } from "../action.ts";
import { done, refused } from "../action.ts";
import { fieldsOf } from "../filter-paths.ts";
import { filtered } from "../filters.ts";
import { answerPage, pageOf } from "../paging.ts";
import type { Query } from "../query.ts";
import { invalid, isRefusal, missing, refuse } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";
import { kinds, notFound } from "../ids.ts";
import type { Kind } from "../ids.ts";

/** Where the tags of one kind of object are kept. */
export interface Taggable {
  readonly type: string;
  readonly kind: Kind;
  readonly all: (region: AwsRegion) => readonly { readonly id: string; readonly tags: readonly Tag[] }[];
  /** The region with that object's tags replaced; `undefined` when there is no such object. */
  readonly put: (region: AwsRegion, id: string, tags: Tag[]) => AwsRegion | undefined;
}

export const taggables: readonly Taggable[] = [
  {
    type: "instance",
    kind: kinds.instance,
    all: ({ instances }) => [...instances].map(([id, { about }]) => ({ id, tags: about.Tags })),
    put: (region, id, Tags) => {
      const held = region.instances.get(id);
      const next = held && { ...held, about: { ...held.about, Tags } };
      return next && { ...region, instances: withEntry(region.instances, id, next) };
    },
  },
  {
    type: "network-interface",
    kind: kinds.interface,
    all: ({ interfaces }) => [...interfaces].map(([id, { TagSet }]) => ({ id, tags: TagSet })),
    put: (region, id, TagSet) => {
      const one = region.interfaces.get(id);
      return one && { ...region, interfaces: withEntry(region.interfaces, id, { ...one, TagSet }) };
    },
  },
  {
    type: "security-group",
    kind: kinds.group,
    all: ({ groups }) => [...groups].map(([id, { about }]) => ({ id, tags: about.Tags })),
    put: (region, id, Tags) => {
      const group = region.groups.get(id);
      const next = group && { ...group, about: { ...group.about, Tags } };
      return next && { ...region, groups: withEntry(region.groups, id, next) };
    },
  },
  {
    type: "security-group-rule",
    kind: kinds.rule,
    all: ({ groups }) => [...groups.values()].flatMap(({ rules }) => rules.map(({ id, tags }) => ({ id, tags }))),
    put: (region, id, tags) => {
      const group = [...region.groups.values()].find(({ rules }) => rules.some((rule) => rule.id === id));
      if (group === undefined) return undefined;
      const rules = group.rules.map((rule) => (rule.id === id ? { ...rule, tags } : rule));
      return { ...region, groups: withEntry(region.groups, group.about.GroupId, { ...group, rules }) };
    },
  },
  {
    type: "vpc",
    kind: kinds.vpc,
    all: ({ vpcs }) => [...vpcs].map(([id, { Tags }]) => ({ id, tags: Tags })),
    put: (region, id, Tags) => {
      const vpc = region.vpcs.get(id);
      return vpc && { ...region, vpcs: withEntry(region.vpcs, id, { ...vpc, Tags }) };
    },
  },
  {
    type: "subnet",
    kind: kinds.subnet,
    all: ({ subnets }) => [...subnets].map(([id, { Tags }]) => ({ id, tags: Tags })),
    put: (region, id, Tags) => {
      const subnet = region.subnets.get(id);
      return subnet && { ...region, subnets: withEntry(region.subnets, id, { ...subnet, Tags }) };
    },
  },
  {
    type: "prefix-list",
    kind: kinds.prefixList,
    all: ({ prefixLists }) => [...prefixLists].map(([id, { Tags }]) => ({ id, tags: Tags })),
    put: (region, id, Tags) => {
      const list = region.prefixLists.get(id);
      return list && { ...region, prefixLists: withEntry(region.prefixLists, id, { ...list, Tags }) };
    },
  },
];

const MOST_TAGS = 50;

/** The `Tag.N` of a call, or why EC2 does not take them. */
export function readTags(query: Query): readonly Tag[] | Refusal {
  const tags = query.list("Tag").map((tag) => ({ Key: tag.text("Key") ?? "", Value: tag.text("Value") ?? "" }));
  for (const { Key, Value } of tags) {
    if (Key === "" || Key.length > 128) return invalid("Tag keys must be between 1 and 128 characters long");
    if (Value.length > 256) return invalid("Tag values must be at most 256 characters long");
    if (Key.toLowerCase().startsWith("aws:"))
      return invalid(`Tag keys starting with 'aws:' are reserved for internal use`);
  }
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) return invalid("Duplicate tag keys found");
  return tags.length > MOST_TAGS ? tooMany() : tags;
}

const tooMany = (): Refusal =>
  refuse("TagLimitExceeded", `More than ${MOST_TAGS} tags specified; the maximum is ${MOST_TAGS} tags per resource`);

/** The tags that a `TagSpecification.N` gives to what the call creates; any other resource type is refused. */
export function readTagSpecification(query: Query, type: string): readonly Tag[] | Refusal {
  const specifications = query.list("TagSpecification");
  const other = specifications.find((one) => one.text("ResourceType") !== type);
  if (other !== undefined && !other.has("ResourceType"))
    return invalid("Tag specification resource type must have a value");
  if (other !== undefined)
    return invalid(`'${other.text("ResourceType") ?? ""}' is not a valid taggable resource type for this operation.`);
  const [first, ...more] = specifications;
  if (more.length > 0)
    return invalid("The same resource type may not be specified more than once in tag specifications");
  if (first === undefined) return [];
  return first.has("Tag") ? readTags(first) : invalid("Tag specification must have at least one tag");
}

/** Replaces the tags of every resource named, or of none. */
function retagged(
  region: AwsRegion,
  ids: readonly string[],
  change: (tags: readonly Tag[]) => Tag[],
): AwsRegion | Refusal {
  let next = region;
  for (const id of ids) {
    const kind = taggables.find((one) => id.startsWith(`${one.kind.prefix}-`));
    if (kind === undefined) return refuse("InvalidID", `The ID '${id}' is not valid`);
    const tags = kind.all(next).find((one) => one.id === id)?.tags;
    if (tags === undefined) return notFound([id], kind.kind);
    const changed = change(tags);
    if (changed.length > MOST_TAGS) return tooMany();
    next = kind.put(next, id, changed) ?? next;
  }
  return next;
}

export const CreateTags: Action = {
  kind: "write",
  required: ["ResourceId", "Tag"],
  object: "ResourceId",
  run: ({ region, query }) => {
    const tags = readTags(query);
    if (isRefusal(tags)) return refused(tags);
    const next = retagged(region, query.texts("ResourceId"), (old) => [
      ...old.filter(({ Key }) => !tags.some((tag) => tag.Key === Key)),
      ...tags,
    ]);
    return isRefusal(next) ? refused(next) : done(next);
  },
};

/** Without a value a tag goes whatever its value; without any tag all of them go, but for those that AWS made. */
export const DeleteTags: Action = {
  kind: "write",
  required: ["ResourceId"],
  object: "ResourceId",
  run: ({ region, query }) => {
    const wanted = query.list("Tag").map((tag) => ({ key: tag.text("Key"), value: tag.text("Value") }));
    if (wanted.some(({ key }) => key === undefined)) return refused(missing("Tag.Key"));
    const goes = (tag: Tag) =>
      (wanted.length === 0 && !tag.Key.startsWith("aws:")) ||
      wanted.some(({ key, value }) => key === tag.Key && (value === undefined || value === tag.Value));
    const next = retagged(region, query.texts("ResourceId"), (old) => old.filter((tag) => !goes(tag)));
    return isRefusal(next) ? refused(next) : done(next);
  },
};

export const DescribeTags: Action = {
  kind: "read",
  run: (call) => {
    const all = taggables.flatMap(({ type, all: of }) =>
      of(call.region).flatMap(({ id, tags }) =>
        tags.map(({ Key, Value }) => ({ Key, ResourceId: id, ResourceType: type, Value })),
      ),
    );
    const looked = fieldsOf<(typeof all)[number]>(["key", "resource-id", "resource-type", "value"]);
    const left = filtered(call.query, all, looked, ({ Key, Value }) => [{ Key, Value }]);
    if (isRefusal(left)) return refused(left);
    const page = pageOf(call, left, ({ ResourceId, Key }) => `${ResourceId} ${Key}`);
    return answerPage(page, (Tags) => ({ Tags }));
  },
};
