import { showGroup, showReservations, showRule } from "./show.ts";
import type { Shown } from "./show.ts";
import type { AwsRegion, Group } from "./region.ts";

const saved = new WeakMap<AwsRegion, Record<string, unknown>>();
const savedGroups = new WeakMap<Group, { readonly group: Shown; readonly rules: readonly Shown[] }>();

function saveGroup(region: AwsRegion, group: Group) {
  const known = savedGroups.get(group) ?? {
    group: showGroup(region, group),
    rules: group.rules.map((rule) => showRule(region, group.about.GroupId, rule)),
  };
  savedGroups.set(group, known);
  return known;
}

/** The region as the answers of `aws ec2 describe-*`; loading them again gives the same region. Remembered per value, so cheap. */
export function saveRegion(region: AwsRegion): Record<string, unknown> {
  const known = saved.get(region);
  if (known !== undefined) return known;
  const groups = [...region.groups.values()].map((group) => saveGroup(region, group));
  const documents = {
    ...region.unread,
    DescribeInstances: { Reservations: showReservations(region, [...region.instances.keys()]) },
    DescribeNetworkInterfaces: { NetworkInterfaces: [...region.interfaces.values()] },
    DescribeSecurityGroups: { SecurityGroups: groups.map(({ group }) => group) },
    DescribeSecurityGroupRules: { SecurityGroupRules: groups.flatMap(({ rules }) => rules) },
    DescribeVpcs: { Vpcs: [...region.vpcs.values()] },
    DescribeSubnets: { Subnets: [...region.subnets.values()] },
    DescribeManagedPrefixLists: { PrefixLists: [...region.prefixLists.values()] },
    DescribeVpcPeeringConnections: { VpcPeeringConnections: [...region.peerings.values()] },
  };
  saved.set(region, documents);
  return documents;
}
