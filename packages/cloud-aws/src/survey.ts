import type { ObjectId, ScopeId } from "@sallyport/contracts";
import type { NetworkInterface } from "@aws-sdk/client-ec2";
import { parseAwsNet } from "@sallyport/domain";
import type { AwsGroup, AwsInterface, AwsNet } from "@sallyport/domain";
import type { Ec2 } from "./ec2.ts";
import { groupIdsOf, prefixListsIn, readPrefixLists, readReferences } from "./read.ts";

/** Instances that one Net holds: small enough to look at every one of them, and all that shares their groups comes along. */
const INSTANCES = 50;

/**
 * Everything of one account and region, in as many calls as there are pages: joined in memory, then cut into Nets of some instances
 * each, with every interface that shares a group with them. Groups that no instance is in come last, for the sweep.
 */
export async function* surveyScope(ec2: Ec2, scope: ScopeId): AsyncIterable<AwsNet> {
  const [reservations, interfaces, groups, rules] = await Promise.all([
    ec2.instances([]),
    ec2.interfaces([]),
    ec2.groups([]),
    ec2.rules([]),
  ]);
  const [prefixLists, across] = await Promise.all([
    readPrefixLists(ec2, prefixListsIn(groups)),
    readReferences(ec2, sharedIn(interfaces)),
  ]);
  const whole = parseAwsNet({
    scope,
    reservations,
    interfaces,
    groups,
    rules,
    prefixLists,
    members: "all",
    references: new Set(groups.flatMap(({ GroupId = "" }) => (across.unknown.has(GroupId) ? [] : [GroupId]))),
    peerReferences: across.references,
  });
  yield* cutUp({ ...whole, groupsInRegion: whole.groups.length });
}

/** Groups that several machines are in. */
function sharedIn(interfaces: readonly NetworkInterface[]): readonly string[] {
  const machines = new Map<string, Set<string>>();
  for (const one of interfaces)
    for (const id of groupIdsOf(one)) {
      const held = machines.get(id) ?? new Set();
      held.add(one.Attachment?.InstanceId ?? one.NetworkInterfaceId ?? "");
      machines.set(id, held);
    }
  return [...machines].flatMap(([id, held]) => (held.size > 1 ? [id] : []));
}

/** The whole, a few instances at a time; no group is left out. */
export function* cutUp(whole: AwsNet): Iterable<AwsNet> {
  const groups = new Map(whole.groups.map((group) => [group.key, group]));
  const keys = new Map(whole.groups.map((group) => [group.id, group.key]));
  const holders = new Map<ObjectId, AwsInterface[]>();
  const ofVm = new Map<string | undefined, AwsInterface[]>();
  for (const one of whole.interfaces) {
    for (const key of one.groups) push(holders, key, one);
    push(ofVm, one.vm, one);
  }
  const referrers = referrersIn(whole, keys);
  const left = new Set(groups.keys());

  const netOf = (instances: AwsNet["instances"], own: readonly AwsInterface[], more: readonly ObjectId[]): AwsNet => {
    const near = new Set([...own.flatMap((one) => one.groups), ...more]);
    const related = [...near].flatMap((key) => [
      ...(groups.get(key)?.ingress ?? []).flatMap(({ peer }) =>
        peer.kind === "group" ? (keys.get(peer.id) ?? []) : [],
      ),
      ...(referrers.get(key) ?? []),
    ]);
    const taken = new Set([...near, ...related]);
    for (const key of near) left.delete(key);
    const members = new Set([...taken].flatMap((key) => holders.get(key) ?? []));
    for (const one of own) members.delete(one);
    return {
      instances,
      // Whose other groups are not here is no machine to be judged by this Net.
      interfaces: [...own, ...[...members].map(withoutVm)],
      groups: [...taken].flatMap((key) => groups.get(key) ?? []),
      prefixLists: whole.prefixLists,
      ...(whole.groupsInRegion !== undefined && { groupsInRegion: whole.groupsInRegion }),
    };
  };

  for (let from = 0; from < whole.instances.length; from += INSTANCES) {
    const instances = whole.instances.slice(from, from + INSTANCES);
    yield netOf(
      instances,
      instances.flatMap(({ vm }) => ofVm.get(vm) ?? []),
      [],
    );
  }
  if (left.size > 0) yield netOf([], [], [...left]);
}

const withoutVm = ({ vm: _vm, ...one }: AwsInterface): AwsInterface => one;

function referrersIn(
  { groups }: AwsNet,
  keys: ReadonlyMap<string | undefined, ObjectId>,
): ReadonlyMap<ObjectId, ObjectId[]> {
  const found = new Map<ObjectId, ObjectId[]>();
  const note = (group: AwsGroup, id: string) => {
    const key = keys.get(id);
    if (key !== undefined) push(found, key, group.key);
  };
  for (const group of groups)
    for (const { peer } of [...group.ingress, ...group.egress]) if (peer.kind === "group") note(group, peer.id);
  return found;
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const held = map.get(key);
  if (held === undefined) map.set(key, [value]);
  else held.push(value);
}
