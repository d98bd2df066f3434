import { showGroup, showReservations, showRule } from "./show.ts";
import type { AwsRegion } from "./region.ts";

const saved = new WeakMap<AwsRegion, Record<string, unknown>>();

/** The region as the answers of `aws ec2 describe-*`; loading them again gives the same region. Remembered per value, so cheap. */
export function saveRegion(region: AwsRegion): Record<string, unknown> {
  const known = saved.get(region);
  if (known !== undefined) return known;
  const groups = [...region.groups.values()];
  const documents = {
    ...region.unread,
    DescribeInstances: { Reservations: showReservations(region, [...region.instances.keys()]) },
    DescribeNetworkInterfaces: { NetworkInterfaces: [...region.interfaces.values()] },
    DescribeSecurityGroups: { SecurityGroups: groups.map((group) => showGroup(region, group)) },
    DescribeSecurityGroupRules: {
      SecurityGroupRules: groups.flatMap(({ about, rules }) =>
        rules.map((rule) => showRule(region, about.GroupId, rule)),
      ),
    },
    DescribeVpcs: { Vpcs: [...region.vpcs.values()] },
    DescribeSubnets: { Subnets: [...region.subnets.values()] },
    DescribeManagedPrefixLists: { PrefixLists: [...region.prefixLists.values()] },
  };
  saved.set(region, documents);
  return documents;
}
