import type { NetworkInterface, SecurityGroup, SecurityGroupReference } from "@aws-sdk/client-ec2";
import { SallyportError, awsParts, scopeOf } from "@sallyport/contracts";
import type { ObjectId, ScopeId, VmRef } from "@sallyport/contracts";
import { MARK_TAG, VM_TAG, clonedFrom, ownParts, parseAwsNet } from "@sallyport/domain";
import type { AwsDescribed, AwsNet } from "@sallyport/domain";
import { filter } from "./ec2.ts";
import type { Ec2 } from "./ec2.ts";

/** As many values as one filter takes. */
const VALUES = 200;

export interface Asked {
  readonly vms: readonly VmRef[];
  readonly objects: readonly ObjectId[];
}

/** What was asked for, by scope; objects do not say where they are, so they are looked for wherever the VMs are, or everywhere. */
export function byScope({ vms, objects }: Asked, scopes: readonly ScopeId[]): ReadonlyMap<ScopeId, Asked> {
  const places = vms.length === 0 ? scopes : [...new Set(vms.map(scopeOf))];
  return new Map(places.map((scope) => [scope, { vms: vms.filter((vm) => scopeOf(vm) === scope), objects }]));
}

/**
 * Fresh from one account and region, in at most ten calls for one VM, one more where it
 * shares a group, and one for each prefix list: the instances with their
 * interfaces and what is tagged as made for them; then the groups of these, their rules, whoever else is in them and refers to them;
 * then the groups that their rules refer to.
 */
export async function readScope(ec2: Ec2, scope: ScopeId, { vms, objects }: Asked): Promise<AwsNet> {
  const ids = vms.map((vm) => awsParts(vm).instance);
  const named = objects.flatMap((object) => ownParts(object) ?? []);
  const [reservations, ownInterfaces, namedInterfaces, madeForVms, namedGroups] = await Promise.all([
    anyOf(ids, (values) => ec2.instances([filter("instance-id", ...values)])),
    anyOf(ids, (values) => ec2.interfaces([filter("attachment.instance-id", ...values)])),
    anyOf(startingWith(objects, "eni-"), (values) => ec2.interfaces([filter("network-interface-id", ...values)])),
    anyOf(ids, (values) => ec2.groups([filter(`tag:${VM_TAG}`, ...values)])),
    anyOf([...new Set(named.map(({ name }) => name))], (values) =>
      ec2.groups([filter("tag-key", MARK_TAG), filter("group-name", ...values)]),
    ),
  ]);
  const near = [...ownInterfaces, ...namedInterfaces];
  const ours = [...madeForVms, ...namedGroups];
  const names = [...near.flatMap(({ Groups }) => Groups ?? []), ...ours].map(({ GroupName }) => GroupName ?? "");
  const main = new Set([
    ...near.flatMap(groupIdsOf),
    ...ours.flatMap(({ GroupId }) => GroupId ?? []),
    ...startingWith(objects, "sg-"),
    // Where a clone stands for a group, both belong to the path.
    ...names.flatMap((name) => clonedFrom(name) ?? []),
  ]);
  const [groups, rules, members, referrers, egressReferrers] = await Promise.all([
    anyOf([...main], (values) => ec2.groups([filter("group-id", ...values)])),
    anyOf([...main], (values) => ec2.rules([filter("group-id", ...values)])),
    anyOf([...main], (values) => ec2.interfaces([filter("group-id", ...values)])),
    anyOf([...main], (values) => ec2.groups([filter("ip-permission.group-id", ...values)])),
    anyOf([...main], (values) => ec2.groups([filter("egress.ip-permission.group-id", ...values)])),
  ]);
  const known = [...groups, ...referrers, ...egressReferrers];
  const referred = referredBy(known).filter((id) => !main.has(id));
  const shared = sharedBy(members, ids).filter((id) => main.has(id) && !ours.some(({ GroupId }) => GroupId === id));
  const [referredGroups, referredMembers, prefixLists, across] = await Promise.all([
    anyOf(referred, (values) => ec2.groups([filter("group-id", ...values)])),
    anyOf(referred, (values) => ec2.interfaces([filter("group-id", ...values)])),
    readPrefixLists(ec2, prefixListsIn(known)),
    readReferences(ec2, shared),
  ]);
  return parseAwsNet({
    scope,
    reservations,
    interfaces: once([...near, ...members, ...referredMembers], ({ NetworkInterfaceId }) => NetworkInterfaceId),
    groups: once([...known, ...referredGroups], ({ GroupId }) => GroupId),
    rules,
    prefixLists,
    members: new Set([...main, ...referredGroups.flatMap(({ GroupId }) => GroupId ?? [])]),
    references: new Set([...main].filter((id) => !across.unknown.has(id))),
    peerReferences: across.references,
  });
}

/** Groups that others are in as well. */
export const sharedBy = (interfaces: readonly NetworkInterface[], own: readonly string[]): readonly string[] => [
  ...new Set(interfaces.flatMap((one) => (own.includes(one.Attachment?.InstanceId ?? "") ? [] : groupIdsOf(one)))),
];

/** Few enough that one group which is gone leaves little unknown. */
const REFERENCES_AT_ONCE = 50;

/** Who refers to these groups from other VPCs; where one of them is gone meanwhile, of its whole chunk nothing is known. */
export async function readReferences(
  ec2: Ec2,
  ids: readonly string[],
): Promise<{ readonly references: readonly SecurityGroupReference[]; readonly unknown: ReadonlySet<string> }> {
  const chunks = Array.from({ length: Math.ceil(ids.length / REFERENCES_AT_ONCE) }, (_, i) =>
    ids.slice(i * REFERENCES_AT_ONCE, (i + 1) * REFERENCES_AT_ONCE),
  );
  const found = await Promise.all(chunks.map((chunk) => knownOr(undefined, () => ec2.references(chunk))));
  return {
    references: found.flatMap((one) => one ?? []),
    unknown: new Set(chunks.filter((_, i) => found[i] === undefined).flat()),
  };
}

export const startingWith = (objects: readonly ObjectId[], prefix: string): readonly string[] =>
  objects.filter((object) => object.startsWith(prefix));

export const groupIdsOf = ({ Groups }: NetworkInterface): readonly string[] =>
  (Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []);

export async function anyOf<Item>(
  values: readonly string[],
  ask: (values: readonly string[]) => Promise<readonly Item[]>,
): Promise<readonly Item[]> {
  const chunks = Array.from({ length: Math.ceil(values.length / VALUES) }, (_, i) =>
    values.slice(i * VALUES, (i + 1) * VALUES),
  );
  return (await Promise.all(chunks.map(ask))).flat();
}

export const once = <Item>(items: readonly Item[], idOf: (item: Item) => string | undefined): readonly Item[] => [
  ...new Map(items.map((item) => [idOf(item), item])).values(),
];

/** Groups that inbound rules name as their source. */
export const referredBy = (groups: readonly SecurityGroup[]): readonly string[] => [
  ...new Set(
    groups
      .flatMap(({ IpPermissions }) => IpPermissions ?? [])
      .flatMap(({ UserIdGroupPairs }) => UserIdGroupPairs ?? [])
      .flatMap(({ GroupId }) => GroupId ?? []),
  ),
];

export const prefixListsIn = (groups: readonly SecurityGroup[]): readonly string[] => [
  ...new Set(
    groups
      .flatMap(({ IpPermissions }) => IpPermissions ?? [])
      .flatMap(({ PrefixListIds }) => PrefixListIds ?? [])
      .flatMap(({ PrefixListId }) => PrefixListId ?? []),
  ),
];

type PrefixLists = NonNullable<AwsDescribed["prefixLists"]>;

/** Their content; a list that is not there, or no more shared with us, stays unknown, which is no reason to know nothing else. */
export async function readPrefixLists(ec2: Ec2, ids: readonly string[]): Promise<PrefixLists> {
  if (ids.length === 0) return [];
  const about = await knownOr([], () => anyOf(ids, (values) => ec2.prefixLists([filter("prefix-list-id", ...values)])));
  return Promise.all(
    ids.map(async (PrefixListId) => {
      const list = about.find((one) => one.PrefixListId === PrefixListId);
      const entries = await knownOr(undefined, () => ec2.prefixListEntries(PrefixListId, list?.Version));
      // A list that says it has entries and shows none has not been read.
      const isRead = entries !== undefined && entries.length > 0;
      return { PrefixListId, MaxEntries: list?.MaxEntries, ...(isRead && { Entries: entries }) };
    }),
  );
}

const NOT_OURS_TO_READ = new Set(["aws.not-found", "aws.refused"]);

async function knownOr<T>(unknown: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof SallyportError && NOT_OURS_TO_READ.has(error.code)) return unknown;
    throw error;
  }
}
