// Compact words for the demonstration's networks, spelled out as describe answers.

export interface DemoNetworks {
  readonly accountId: string;
  readonly region: string;
  readonly vpcs: readonly { id: string; cidr: string; isDefault?: boolean; ipv6?: string; name?: string }[];
  readonly subnets: readonly { id: string; vpc: string; cidr: string; zone: string; name?: string }[];
  /** `from` in a permission names another group of the same VPC. */
  readonly groups: readonly { name: string; n: number; vpc: string; in: readonly object[] }[];
}

/** Ids are made of a number, so that they are the same in every run. */
export const demoId = (prefix: string, n: number): string =>
  `${prefix}-0${(0x5a11000000000000n + BigInt(n)).toString(16)}`;

const named = (name: string | undefined) => (name === undefined ? [] : [{ Key: "Name", Value: name }]);

export function demoNetworks({ accountId, region, vpcs, subnets, groups }: DemoNetworks) {
  const groupId = (name: string, vpc: string): string => {
    const group = groups.find((one) => one.name === name && one.vpc === vpc);
    if (group === undefined) throw new Error(`no group ${name} in ${vpc}`);
    return demoId("sg", group.n);
  };
  const permission = (asked: object, vpc: string) => {
    const { from, ...rest } = { from: undefined, ...asked };
    const pairs = typeof from === "string" ? [{ GroupId: groupId(from, vpc), UserId: accountId }] : [];
    return { IpRanges: [], Ipv6Ranges: [], PrefixListIds: [], UserIdGroupPairs: pairs, ...rest };
  };
  return {
    accountId,
    region,
    groupId,
    subnet: (id: string) => {
      const found = subnets.find((one) => one.id === id);
      if (found === undefined) throw new Error(`no subnet ${id}`);
      return found;
    },
    vpcs: vpcs.map(({ id, cidr, isDefault = false, ipv6, name }) => ({
      VpcId: id,
      OwnerId: accountId,
      CidrBlock: cidr,
      CidrBlockAssociationSet: [
        { AssociationId: `vpc-cidr-assoc-${id.slice(4)}`, CidrBlock: cidr, CidrBlockState: { State: "associated" } },
      ],
      Ipv6CidrBlockAssociationSet:
        ipv6 === undefined
          ? []
          : [
              {
                AssociationId: `vpc-cidr-assoc-6${id.slice(5)}`,
                Ipv6CidrBlock: ipv6,
                Ipv6CidrBlockState: { State: "associated" },
              },
            ],
      DhcpOptionsId: "dopt-05a11000000000000",
      InstanceTenancy: "default",
      IsDefault: isDefault,
      State: "available",
      Tags: named(name),
    })),
    subnets: subnets.map(({ id, vpc, cidr, zone, name }) => ({
      SubnetId: id,
      VpcId: vpc,
      OwnerId: accountId,
      CidrBlock: cidr,
      AvailabilityZone: `${region}${zone}`,
      AvailableIpAddressCount: 240,
      DefaultForAz: vpcs.some((one) => one.id === vpc && one.isDefault === true),
      MapPublicIpOnLaunch: false,
      AssignIpv6AddressOnCreation: false,
      State: "available",
      Tags: named(name),
    })),
    groups: groups.map(({ name, n, vpc, in: ingress }) => ({
      GroupId: demoId("sg", n),
      GroupName: name,
      Description: name === "default" ? "default VPC security group" : `${name} of the demonstration`,
      VpcId: vpc,
      OwnerId: accountId,
      Tags: named(name === "default" ? undefined : name),
      IpPermissions: ingress.map((asked) => permission(asked, vpc)),
      IpPermissionsEgress: [permission({ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }, vpc)],
    })),
  };
}
