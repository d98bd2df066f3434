import { createHash } from "node:crypto";
import type { AwsQuotas } from "../documents.ts";
import { RegionDocuments } from "./describe.ts";
import type { Instance, NetworkInterface, PrefixList, Tag } from "./describe.ts";
import { emptyRegion } from "./region.ts";
import type { AwsRegion, Group } from "./region.ts";
import { keyOf, permitsOf } from "./rule.ts";
import type { Rule } from "./rule.ts";

const READ = new Set([
  "DescribeInstances",
  "DescribeNetworkInterfaces",
  "DescribeSecurityGroups",
  "DescribeSecurityGroupRules",
  "DescribeVpcs",
  "DescribeSubnets",
  "DescribeManagedPrefixLists",
  "DescribeVpcPeeringConnections",
]);

/**
 * A region from the answers of `aws ec2 describe-*`. All of them may be absent: interfaces are then read off the instances, rule ids
 * (which old exports lack) are derived from the rules, so that loading twice gives the same.
 */
export function loadRegion(accountId: string, name: string, documents: unknown, quotas?: AwsQuotas): AwsRegion {
  const read = RegionDocuments.parse(documents);
  const reservations = read.DescribeInstances?.Reservations ?? [];
  const instances = reservations.flatMap(({ Instances, ...reservation }) =>
    Instances.map((about) => [about.InstanceId, { reservation, about }] as const),
  );
  const groups = loadGroups(read);
  return {
    ...emptyRegion(accountId, name, quotas),
    instances: new Map(instances),
    interfaces: byId(
      [
        ...instances.flatMap(([, { about }]) => seenOnInstance(accountId, about)),
        ...(read.DescribeNetworkInterfaces?.NetworkInterfaces ?? []),
      ],
      (one) => one.NetworkInterfaceId,
    ),
    groups,
    vpcs: byId(read.DescribeVpcs?.Vpcs ?? [], (one) => one.VpcId),
    subnets: byId(read.DescribeSubnets?.Subnets ?? [], (one) => one.SubnetId),
    prefixLists: byId(
      [...namedByRules(groups), ...(read.DescribeManagedPrefixLists?.PrefixLists ?? [])],
      (one) => one.PrefixListId,
    ),
    peerings: byId(
      read.DescribeVpcPeeringConnections?.VpcPeeringConnections ?? [],
      (one) => one.VpcPeeringConnectionId,
    ),
    unread: Object.fromEntries(Object.entries(read).filter(([call]) => !READ.has(call))),
  };
}

const byId = <T>(items: readonly T[], idOf: (item: T) => string): ReadonlyMap<string, T> =>
  new Map(items.map((item) => [idOf(item), item]));

function seenOnInstance(accountId: string, about: Instance): readonly NetworkInterface[] {
  return about.NetworkInterfaces.map((one) => ({
    OwnerId: accountId,
    RequesterManaged: false,
    ...one,
    Attachment: {
      DeviceIndex: 0,
      DeleteOnTermination: true,
      InstanceOwnerId: accountId,
      ...one.Attachment,
      InstanceId: about.InstanceId,
    },
  }));
}

interface RuleExtras {
  readonly id: string;
  readonly tags: readonly Tag[];
}

function loadGroups(read: RegionDocuments): ReadonlyMap<string, Group> {
  const extras = new Map<string, RuleExtras>();
  for (const rule of read.DescribeSecurityGroupRules?.SecurityGroupRules ?? []) {
    const asPermission = {
      IpProtocol: rule.IpProtocol,
      FromPort: rule.FromPort,
      ToPort: rule.ToPort,
      IpRanges: rule.CidrIpv4 === undefined ? [] : [{ CidrIp: rule.CidrIpv4 }],
      Ipv6Ranges: rule.CidrIpv6 === undefined ? [] : [{ CidrIpv6: rule.CidrIpv6 }],
      PrefixListIds: rule.PrefixListId === undefined ? [] : [{ PrefixListId: rule.PrefixListId }],
      UserIdGroupPairs: rule.ReferencedGroupInfo === undefined ? [] : [rule.ReferencedGroupInfo],
    };
    for (const permit of permitsOf(asPermission, rule.IsEgress))
      extras.set(`${rule.GroupId} ${keyOf(permit)}`, { id: rule.SecurityGroupRuleId, tags: rule.Tags });
  }
  const load = (groupId: string, isEgress: boolean, permissions: Parameters<typeof permitsOf>[0][]): readonly Rule[] =>
    permissions
      .flatMap((permission) => permitsOf(permission, isEgress))
      .map((permit) => {
        const key = `${groupId} ${keyOf(permit)}`;
        return { ...permit, ...(extras.get(key) ?? { id: derivedRuleId(key), tags: [] }) };
      });
  return byId(
    (read.DescribeSecurityGroups?.SecurityGroups ?? []).map(({ IpPermissions, IpPermissionsEgress, ...about }) => ({
      about,
      rules: [...load(about.GroupId, false, IpPermissions), ...load(about.GroupId, true, IpPermissionsEgress)],
    })),
    (group) => group.about.GroupId,
  );
}

const derivedRuleId = (key: string): string => `sgr-0${createHash("sha256").update(key).digest("hex").slice(0, 16)}`;

function namedByRules(groups: ReadonlyMap<string, Group>): readonly PrefixList[] {
  return [...groups.values()].flatMap(({ rules }) =>
    rules.flatMap(({ peer }) => (peer.kind === "prefix-list" ? [{ PrefixListId: peer.id, Tags: [] }] : [])),
  );
}
