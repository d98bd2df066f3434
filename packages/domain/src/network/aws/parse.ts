import { Address, ObjectId, VmRef } from "@sallyport/contracts";
import type { ScopeId } from "@sallyport/contracts";
import { MARK_TAG, isOwnName, ownObject } from "./names.ts";
import type { AwsGroup, AwsInstance, AwsInterface, AwsNet, AwsPermit, AwsPrefixList } from "./net.ts";
import { parseAwsRule, parsePermission, readCidr, tagsOf } from "./parse-permit.ts";
import { isJson, jsonAt, listAt, numberAt, textAt } from "./read-json.ts";
import type { Json } from "./read-json.ts";

/** Answers of EC2's describe calls for one account and region, all pages together, as the SDK or `aws ec2 describe-…` gives them. */
export interface AwsDescribed {
  /** `<account>/<region>`. */
  readonly scope: ScopeId;
  readonly reservations: readonly unknown[];
  /** Absent in an export without them: what the instances show is taken. */
  readonly interfaces?: readonly unknown[];
  readonly groups: readonly unknown[];
  /** With ids and tags; where a group has none here, as in an old export, what the group itself shows is taken. */
  readonly rules?: readonly unknown[];
  /** `describe-managed-prefix-lists`, each with the `Entries` of `get-managed-prefix-list-entries` if they could be read. */
  readonly prefixLists?: readonly unknown[];
  /** Ids of the groups all of whose members, or of whose references, are among the above; `all` when everything was asked for. */
  readonly members: ReadonlySet<string> | "all";
  /** `describe-security-group-references` of the groups that others share: who refers to them from other VPCs. */
  readonly peerReferences?: readonly unknown[];
  readonly references: ReadonlySet<string> | "all";
}

/** What EC2 says, as a Net. Tolerant: what is absent is empty, what cannot be read is kept as unreadable or left out. */
export function parseAwsNet(described: AwsDescribed): AwsNet {
  const { scope } = described;
  const rules = described.rules === undefined ? undefined : byGroup(described.rules);
  const groups = described.groups.flatMap((value) => parseGroup(described, rules, value));
  const keys = new Map(groups.flatMap(({ id, key }) => (id === undefined ? [] : [[id, key] as const])));
  const all = described.reservations.flatMap((value) => listAt(value, "Instances"));
  const alive = all.filter((value) => !isOver(stateOf(value)));
  const own = (described.interfaces ?? []).flatMap((value) => parseInterface(scope, value, keys));
  const seen = new Set(own.map(({ id }) => id));
  const shown = alive.flatMap((value) =>
    listAt(value, "NetworkInterfaces")
      .flatMap((one) => parseInterface(scope, one, keys, textAt(value, "InstanceId")))
      .filter(({ id }) => !seen.has(id)),
  );
  return {
    instances: alive.flatMap((value) => parseInstance(scope, value)),
    interfaces: [...own, ...shown],
    groups,
    prefixLists: (described.prefixLists ?? []).flatMap(parsePrefixList),
  };
}

const stateOf = (value: Json): string => textAt(jsonAt(value, "State"), "Name") ?? "unknown";
/** Terminated instances linger in the answers for an hour (aws.md §2). */
const isOver = (state: string): boolean => state === "terminated" || state === "shutting-down";

function vmOf(scope: ScopeId, instanceId: string): VmRef | undefined {
  const [account = "", region = ""] = scope.split("/");
  const partition = region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
  return VmRef.safeParse(`arn:${partition}:ec2:${region}:${account}:instance/${instanceId}`).data;
}

function parseInstance(scope: ScopeId, value: Json): readonly AwsInstance[] {
  const id = textAt(value, "InstanceId") ?? "";
  const vm = vmOf(scope, id);
  if (vm === undefined) return [];
  const state = stateOf(value);
  const platform = (textAt(value, "Platform") ?? textAt(value, "PlatformDetails") ?? "").toLowerCase();
  return [
    {
      vm,
      scope,
      name: tagsOf(value).find(({ key, value: name }) => key === "Name" && name !== "")?.value ?? id,
      osType: platform.startsWith("windows") ? "windows" : "linux",
      power: state === "running" || state === "pending" ? "running" : state === "unknown" ? "unknown" : "stopped",
    },
  ];
}

function parseInterface(
  scope: ScopeId,
  value: unknown,
  keys: ReadonlyMap<string, ObjectId>,
  instanceId = textAt(jsonAt(value, "Attachment"), "InstanceId"),
): readonly AwsInterface[] {
  const id = textAt(value, "NetworkInterfaceId");
  if (id === undefined) return [];
  const vm = instanceId === undefined ? undefined : vmOf(scope, instanceId);
  const holders = listAt(value, "PrivateIpAddresses");
  const primary = textAt(value, "PrivateIpAddress");
  const texts = [
    ...(primary === undefined ? [] : [primary]),
    ...holders.flatMap((one) => textAt(one, "PrivateIpAddress") ?? []),
    ...listAt(value, "Ipv6Addresses").flatMap((one) => textAt(one, "Ipv6Address") ?? []),
  ];
  return [
    {
      id: ObjectId.parse(id),
      scope,
      vpc: textAt(value, "VpcId") ?? "",
      ...(vm !== undefined && { vm }),
      index: numberAt(jsonAt(value, "Attachment"), "DeviceIndex") ?? 0,
      addresses: [...new Set(texts)].flatMap((text) => Address.safeParse(text).data ?? []),
      publicAddresses: publicAddressesOf([value, ...holders]),
      groups: listAt(value, "Groups").flatMap((group) => {
        const groupId = textAt(group, "GroupId");
        return groupId === undefined ? [] : [keys.get(groupId) ?? ObjectId.parse(groupId)];
      }),
    },
  ];
}

/** An elastic address is known by its allocation, any other by itself. */
function publicAddressesOf(holders: readonly unknown[]): AwsInterface["publicAddresses"] {
  const found = new Map<Address, ObjectId>();
  for (const holder of holders) {
    const association = jsonAt(holder, "Association");
    const address = Address.safeParse(textAt(association, "PublicIp")).data;
    if (address === undefined || found.has(address)) continue;
    found.set(address, ObjectId.parse(textAt(association, "AllocationId") ?? address));
  }
  return [...found].map(([address, id]) => ({ id, address }));
}

function byGroup(rules: readonly unknown[]): ReadonlyMap<string, readonly Json[]> {
  const found = new Map<string, Json[]>();
  for (const rule of rules.filter(isJson)) {
    const id = textAt(rule, "GroupId") ?? "";
    const held = found.get(id);
    if (held === undefined) found.set(id, [rule]);
    else held.push(rule);
  }
  return found;
}

function parseGroup(
  { scope, members, references, peerReferences = [] }: AwsDescribed,
  rules: ReadonlyMap<string, readonly Json[]> | undefined,
  value: unknown,
): readonly AwsGroup[] {
  const id = textAt(value, "GroupId");
  if (id === undefined) return [];
  const name = textAt(value, "GroupName") ?? id;
  const vpc = textAt(value, "VpcId") ?? "";
  const tags = tagsOf(value);
  const isOurs = isOwnName(name) && tags.some(({ key }) => key === MARK_TAG);
  const referredFrom = peerReferences
    .filter((one) => textAt(one, "GroupId") === id)
    .flatMap((one) => textAt(one, "ReferencingVpcId") ?? []);
  const held = (isEgress: boolean): readonly AwsPermit[] =>
    rules === undefined || !rules.has(id)
      ? listAt(value, isEgress ? "IpPermissionsEgress" : "IpPermissions").flatMap(parsePermission)
      : (rules.get(id) ?? []).filter((rule) => (rule["IsEgress"] === true) === isEgress).map(parseAwsRule);
  return [
    {
      key: isOurs ? ownObject(vpc, name) : ObjectId.parse(id),
      scope,
      id,
      name,
      vpc,
      description: textAt(value, "Description") ?? "",
      tags,
      ingress: held(false),
      egress: held(true),
      membersKnown: members === "all" || members.has(id),
      referencesKnown: references === "all" || references.has(id),
      ...(referredFrom.length > 0 && { referredFrom: [...new Set(referredFrom)].sort() }),
    },
  ];
}

function parsePrefixList(value: unknown): readonly AwsPrefixList[] {
  const id = textAt(value, "PrefixListId");
  if (id === undefined) return [];
  const maxEntries = numberAt(value, "MaxEntries");
  const isRead = isJson(value) && Array.isArray(value["Entries"]);
  const read = listAt(value, "Entries").map((entry) => readCidr(textAt(entry, "Cidr") ?? ""));
  const entries = read.flatMap((cidr) => cidr ?? []);
  return [
    {
      id,
      // A list of which one entry cannot be read has unknown content.
      ...(isRead && entries.length === read.length && { entries }),
      ...(maxEntries !== undefined && { maxEntries }),
    },
  ];
}
