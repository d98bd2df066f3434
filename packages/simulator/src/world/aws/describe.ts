import { z } from "zod";

// What the simulator reads of `aws ec2 describe-*`. Everything is loose: what is not read is kept and answered verbatim.

export const Tag = z.object({ Key: z.string(), Value: z.string().default("") });
export type Tag = z.infer<typeof Tag>;
const Tags = z.array(Tag);

export const GroupIdentifier = z.looseObject({ GroupId: z.string(), GroupName: z.string().default("") });
export type GroupIdentifier = z.infer<typeof GroupIdentifier>;

const Association = z.looseObject({ PublicIp: z.string().optional() });

export const NetworkInterface = z.looseObject({
  NetworkInterfaceId: z.string(),
  VpcId: z.string().optional(),
  SubnetId: z.string().optional(),
  PrivateIpAddress: z.string().optional(),
  PrivateIpAddresses: z
    .array(z.looseObject({ PrivateIpAddress: z.string(), Association: Association.optional() }))
    .default([]),
  Ipv6Addresses: z.array(z.looseObject({ Ipv6Address: z.string() })).default([]),
  Association: Association.optional(),
  Attachment: z
    .looseObject({
      InstanceId: z.string().optional(),
      DeviceIndex: z.number().default(0),
      DeleteOnTermination: z.boolean().default(false),
      Status: z.string().optional(),
    })
    .optional(),
  Groups: z.array(GroupIdentifier).default([]),
  Status: z.string().default("available"),
  Description: z.string().default(""),
  SourceDestCheck: z.boolean().default(true),
  TagSet: Tags.default([]),
});
export type NetworkInterface = z.infer<typeof NetworkInterface>;

export const Instance = z.looseObject({
  InstanceId: z.string(),
  State: z.looseObject({ Code: z.number(), Name: z.string() }).default({ Code: 16, Name: "running" }),
  VpcId: z.string().optional(),
  SubnetId: z.string().optional(),
  PrivateIpAddress: z.string().optional(),
  PublicIpAddress: z.string().optional(),
  InstanceType: z.string().optional(),
  Platform: z.string().optional(),
  NetworkInterfaces: z.array(NetworkInterface).default([]),
  SecurityGroups: z.array(GroupIdentifier).default([]),
  Tags: Tags.default([]),
});
export type Instance = z.infer<typeof Instance>;

export const Reservation = z.looseObject({ ReservationId: z.string().optional(), OwnerId: z.string().optional() });
export type Reservation = z.infer<typeof Reservation>;

const Described = z.string().optional();

export const IpPermission = z.looseObject({
  IpProtocol: z.string(),
  FromPort: z.number().optional(),
  ToPort: z.number().optional(),
  IpRanges: z.array(z.looseObject({ CidrIp: z.string(), Description: Described })).default([]),
  Ipv6Ranges: z.array(z.looseObject({ CidrIpv6: z.string(), Description: Described })).default([]),
  PrefixListIds: z.array(z.looseObject({ PrefixListId: z.string(), Description: Described })).default([]),
  UserIdGroupPairs: z
    .array(
      z.looseObject({
        GroupId: z.string().optional(),
        GroupName: z.string().optional(),
        UserId: z.string().optional(),
        VpcId: z.string().optional(),
        VpcPeeringConnectionId: z.string().optional(),
        PeeringStatus: z.string().optional(),
        Description: Described,
      }),
    )
    .default([]),
});
export type IpPermission = z.infer<typeof IpPermission>;

export const SecurityGroup = z.looseObject({
  GroupId: z.string(),
  GroupName: z.string(),
  Description: z.string().default(""),
  VpcId: z.string().optional(),
  OwnerId: z.string().optional(),
  Tags: Tags.default([]),
});
export type SecurityGroup = z.infer<typeof SecurityGroup>;

export const SecurityGroupWithPermissions = SecurityGroup.extend({
  IpPermissions: z.array(IpPermission).default([]),
  IpPermissionsEgress: z.array(IpPermission).default([]),
});

export const SecurityGroupRule = z.looseObject({
  SecurityGroupRuleId: z.string(),
  GroupId: z.string(),
  IsEgress: z.boolean(),
  IpProtocol: z.string(),
  FromPort: z.number().optional(),
  ToPort: z.number().optional(),
  CidrIpv4: z.string().optional(),
  CidrIpv6: z.string().optional(),
  PrefixListId: z.string().optional(),
  ReferencedGroupInfo: z.looseObject({ GroupId: z.string().optional(), UserId: z.string().optional() }).optional(),
  Tags: Tags.default([]),
});

export const Vpc = z.looseObject({
  VpcId: z.string(),
  CidrBlock: z.string().optional(),
  CidrBlockAssociationSet: z.array(z.looseObject({ CidrBlock: z.string() })).default([]),
  Ipv6CidrBlockAssociationSet: z.array(z.looseObject({ Ipv6CidrBlock: z.string() })).default([]),
  IsDefault: z.boolean().default(false),
  State: z.string().default("available"),
  Tags: Tags.default([]),
});
export type Vpc = z.infer<typeof Vpc>;

export const Subnet = z.looseObject({
  SubnetId: z.string(),
  VpcId: z.string(),
  CidrBlock: z.string().optional(),
  AvailabilityZone: z.string().optional(),
  DefaultForAz: z.boolean().default(false),
  MapPublicIpOnLaunch: z.boolean().default(false),
  State: z.string().default("available"),
  Tags: Tags.default([]),
});
export type Subnet = z.infer<typeof Subnet>;

/** As `describe-managed-prefix-lists` prints it; `Entries` is what `get-managed-prefix-list-entries` prints for it. */
export const PrefixList = z.looseObject({
  PrefixListId: z.string(),
  PrefixListName: z.string().optional(),
  MaxEntries: z.number().optional(),
  Tags: Tags.default([]),
  Entries: z.array(z.looseObject({ Cidr: z.string() })).optional(),
});
export type PrefixList = z.infer<typeof PrefixList>;

const PeeredVpc = z.looseObject({ VpcId: z.string(), OwnerId: z.string().optional() });

export const VpcPeering = z.looseObject({
  VpcPeeringConnectionId: z.string(),
  AccepterVpcInfo: PeeredVpc,
  RequesterVpcInfo: PeeredVpc,
  Status: z.looseObject({ Code: z.string() }),
  Tags: Tags.default([]),
});
export type VpcPeering = z.infer<typeof VpcPeering>;

/** What a region's documents may hold, by the name of the call. */
export const RegionDocuments = z.looseObject({
  DescribeInstances: z
    .looseObject({ Reservations: z.array(Reservation.extend({ Instances: z.array(Instance).default([]) })) })
    .optional(),
  DescribeNetworkInterfaces: z.looseObject({ NetworkInterfaces: z.array(NetworkInterface) }).optional(),
  DescribeSecurityGroups: z.looseObject({ SecurityGroups: z.array(SecurityGroupWithPermissions) }).optional(),
  DescribeSecurityGroupRules: z.looseObject({ SecurityGroupRules: z.array(SecurityGroupRule) }).optional(),
  DescribeVpcs: z.looseObject({ Vpcs: z.array(Vpc) }).optional(),
  DescribeSubnets: z.looseObject({ Subnets: z.array(Subnet) }).optional(),
  DescribeManagedPrefixLists: z.looseObject({ PrefixLists: z.array(PrefixList) }).optional(),
  DescribeVpcPeeringConnections: z.looseObject({ VpcPeeringConnections: z.array(VpcPeering) }).optional(),
});
export type RegionDocuments = z.infer<typeof RegionDocuments>;
