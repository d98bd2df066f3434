import type { NetworkInterface, Reservation, Tag } from "./describe.ts";
import { interfacesOf } from "./region.ts";
import type { AwsRegion, Group } from "./region.ts";
import { pairOf, permissionsOf } from "./rule.ts";
import type { Rule } from "./rule.ts";

/** A part of an answer, as the SDKs name its members. */
export type Shown = Readonly<Record<string, unknown>>;

/** What an instance shows of an interface: less than `DescribeNetworkInterfaces` does. */
const ON_INSTANCE = [
  "Association",
  "Attachment",
  "Description",
  "Groups",
  "Ipv6Addresses",
  "MacAddress",
  "NetworkInterfaceId",
  "OwnerId",
  "PrivateDnsName",
  "PrivateIpAddress",
  "PrivateIpAddresses",
  "SourceDestCheck",
  "Status",
  "SubnetId",
  "VpcId",
  "InterfaceType",
  "Operator",
  "Ipv4Prefixes",
  "Ipv6Prefixes",
  "ConnectionTrackingConfiguration",
];

/** The instance as `DescribeInstances` answers it: its groups are those of its primary interface. */
export function showInstance(region: AwsRegion, instanceId: string): Shown {
  const about = region.instances.get(instanceId)?.about;
  const interfaces = interfacesOf(region, instanceId);
  const [primary] = interfaces;
  // Without interfaces it is over, or was exported without them: then it keeps the groups that it came with.
  if (primary === undefined)
    return { ...about, NetworkInterfaces: [], ...(about?.State.Name === "terminated" && { SecurityGroups: [] }) };
  return {
    ...about,
    PrivateIpAddress: primary.PrivateIpAddress,
    PublicIpAddress: publicAddressesOf(primary)[0],
    SecurityGroups: primary.Groups,
    NetworkInterfaces: interfaces.map(showOnInstance),
  };
}

function showOnInstance(one: NetworkInterface): Shown {
  const shown = Object.fromEntries(Object.entries(one).filter(([member]) => ON_INSTANCE.includes(member)));
  const Attachment = Object.fromEntries(
    Object.entries(one.Attachment ?? {}).filter(([member]) => !member.startsWith("Instance")),
  );
  return { ...shown, Attachment };
}

/** Instances under their reservations, as `DescribeInstances` nests them. */
export function showReservations(region: AwsRegion, instanceIds: readonly string[]): readonly Shown[] {
  const shown = new Map<string, { readonly reservation: Reservation; readonly Instances: Shown[] }>();
  for (const id of instanceIds) {
    const reservation = region.instances.get(id)?.reservation ?? {};
    const key = reservation.ReservationId ?? id;
    const entry = shown.get(key) ?? { reservation, Instances: [] };
    shown.set(key, entry);
    entry.Instances.push(showInstance(region, id));
  }
  return [...shown.values()].map(({ reservation, Instances }) => ({ Groups: [], ...reservation, Instances }));
}

export function showGroup(region: AwsRegion, { about, rules }: Group): Shown {
  return {
    OwnerId: region.accountId,
    SecurityGroupArn: `arn:aws:ec2:${region.name}:${region.accountId}:security-group/${about.GroupId}`,
    ...about,
    IpPermissions: permissionsOf(rules.filter((rule) => !rule.isEgress)),
    IpPermissionsEgress: permissionsOf(rules.filter((rule) => rule.isEgress)),
  };
}

/** Protocols without ports show -1 (aws.md §2). */
export function showRule(region: AwsRegion, groupId: string, rule: Rule): Shown {
  return {
    ...showRevokedRule(groupId, rule),
    ReferencedGroupId: undefined,
    GroupOwnerId: region.groups.get(groupId)?.about.OwnerId ?? region.accountId,
    ReferencedGroupInfo: rule.peer.kind === "group" ? pairOf(rule.peer) : undefined,
    SecurityGroupRuleArn: `arn:aws:ec2:${region.name}:${region.accountId}:security-group-rule/${rule.id}`,
    Tags: rule.tags,
  };
}

export function showRevokedRule(groupId: string, rule: Rule): Shown {
  const { peer } = rule;
  return {
    SecurityGroupRuleId: rule.id,
    GroupId: groupId,
    IsEgress: rule.isEgress,
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort ?? -1,
    ToPort: rule.toPort ?? -1,
    ...(peer.kind === "range" && { [peer.range.family === "ipv4" ? "CidrIpv4" : "CidrIpv6"]: peer.range.cidr }),
    ...(peer.kind === "prefix-list" && { PrefixListId: peer.id }),
    ...(peer.kind === "group" && { ReferencedGroupId: peer.groupId }),
    Description: rule.description,
  };
}

/** Public IPv4 addresses that lead to an interface, the primary one first. */
export function publicAddressesOf(one: NetworkInterface): readonly string[] {
  const all = [one.Association, ...one.PrivateIpAddresses.map(({ Association }) => Association)];
  return [...new Set(all.flatMap((association) => association?.PublicIp ?? []))];
}

export const nameOf = (tags: readonly Tag[]): string | undefined => tags.find(({ Key }) => Key === "Name")?.Value;
