import type { Cloud } from "@sallyport/contracts";
import { SMALL, emptyWorld, smallWorld } from "@sallyport/simulator";
import type { ShortRule, WorldDocuments } from "@sallyport/simulator";

export const { tenantId: TENANT } = emptyWorld().azure;
export const SUBSCRIPTION_ID = SMALL.place.subscriptionId;
export const SUBSCRIPTION = `/subscriptions/${SUBSCRIPTION_ID}`;
export const ACCOUNT = "210987654321";
export const REGION = "eu-central-1";
export const AWS_KEY = { accessKeyId: "AKIAJOURNEYS", secretAccessKey: "a secret of the journeys" };

/** One VM on one of the clouds, and who is who around it. The journeys are told of both alike. */
export interface Estate {
  readonly cloud: Cloud;
  /** Canonical id of the VM. */
  readonly vm: string;
  /** A second VM of the same network, for what must not change. */
  readonly neighbour?: string;
  /** Got in to port 22 before there was any policy. */
  readonly insider: string;
}

/** Whom doors are opened for; nobody of them gets in to port 22 otherwise. */
export const GUEST = "198.51.100.7";
export const GUESTS = "198.51.100.0/24";
export const STRANGER = "198.51.101.8";

const instance = (n: number) => `i-0000000000000c0f${n}`;
const eni = (n: number) => `eni-0000000000000c0f${n}`;
const VPC = "vpc-0000000000000c0f1";
const SUBNET = "subnet-0000000000000c0f1";
export const APP_GROUP = "sg-00000000000000c0a";
const BASE_GROUP = "sg-00000000000000c0b";

export const azureEstate: Estate = { cloud: "azure", vm: SMALL.vm.toLowerCase(), insider: SMALL.neighbour };
export const awsEstate: Estate = {
  cloud: "aws",
  vm: `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${instance(1)}`,
  neighbour: `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${instance(2)}`,
  insider: "192.0.2.10",
};
export const estates: readonly (readonly [Cloud, Estate])[] = [
  ["azure", azureEstate],
  ["aws", awsEstate],
];

export interface EstateParts {
  /** On Azure: further rules of both NSGs. */
  readonly rules?: readonly ShortRule[];
  /** On Azure: NSGs apply their rules to live connections, too. */
  readonly flush?: boolean;
  /** On Azure: nothing but the subnet's NSG guards the VM. */
  readonly oneLevel?: boolean;
  /** On Azure: no NSG at all. */
  readonly unguarded?: boolean;
  /** On AWS: SSH is open to the whole Internet, and everything may leave, so that EC2 does not track it. */
  readonly untracked?: boolean;
}

const web: ShortRule = ["allow-web", "Allow", 350, ["80", "443"], "*", { description: "the shop" }];

/** Both clouds with one small network each; port 443 is everybody's, port 22 the insider's. */
export function aWorld(parts: EstateParts = {}): WorldDocuments {
  const { rules = [], flush = false, oneLevel = false, unguarded = false, untracked = false } = parts;
  const nsg = unguarded ? "none" : [web, ...rules];
  const { azure } = smallWorld({ subnet: nsg, nic: oneLevel ? "none" : nsg, flush });
  return {
    azure,
    aws: {
      accounts: [
        {
          accountId: ACCOUNT,
          accessKeys: [AWS_KEY],
          regions: { [REGION]: awsRegion(untracked) },
        },
      ],
    },
  };
}

const tcp = (from: number, to: number, cidr: string, description: string) => ({
  IpProtocol: "tcp",
  FromPort: from,
  ToPort: to,
  IpRanges: [{ CidrIp: cidr, Description: description }],
});

function awsRegion(untracked: boolean): Record<string, unknown> {
  const group = (id: string, name: string, ingress: readonly object[]) => ({
    GroupId: id,
    GroupName: name,
    Description: name,
    VpcId: VPC,
    OwnerId: ACCOUNT,
    Tags: [{ Key: "team", Value: "shop" }],
    IpPermissions: ingress,
    IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
  });
  const attached = (n: number, id: string, name: string) => ({
    NetworkInterfaceId: eni(n),
    VpcId: VPC,
    SubnetId: SUBNET,
    OwnerId: ACCOUNT,
    PrivateIpAddress: `10.7.0.1${n}`,
    PrivateIpAddresses: [
      { Primary: true, PrivateIpAddress: `10.7.0.1${n}`, Association: { PublicIp: `203.0.113.1${n}` } },
    ],
    Association: { PublicIp: `203.0.113.1${n}` },
    Attachment: { InstanceId: instance(n), InstanceOwnerId: ACCOUNT, DeviceIndex: 0, Status: "attached" },
    Groups: [{ GroupId: id, GroupName: name }],
    Status: "in-use",
  });
  const machine = (n: number) => ({
    InstanceId: instance(n),
    VpcId: VPC,
    SubnetId: SUBNET,
    PrivateIpAddress: `10.7.0.1${n}`,
    State: { Code: 16, Name: "running" },
    Tags: [{ Key: "Name", Value: `shop-${n}` }],
  });
  return {
    DescribeInstances: {
      Reservations: [{ ReservationId: "r-1", OwnerId: ACCOUNT, Instances: [machine(1), machine(2)] }],
    },
    DescribeNetworkInterfaces: {
      NetworkInterfaces: [attached(1, APP_GROUP, "app"), attached(2, BASE_GROUP, "base")],
    },
    DescribeSecurityGroups: {
      SecurityGroups: [
        group(APP_GROUP, "app", [
          tcp(22, 22, "192.0.2.0/24", "the office"),
          ...(untracked ? [tcp(22, 22, "0.0.0.0/0", "for the migration")] : []),
          tcp(443, 443, "0.0.0.0/0", "the shop"),
        ]),
        group(BASE_GROUP, "base", [tcp(22, 22, "192.0.2.0/24", "the office")]),
      ],
    },
    DescribeVpcs: { Vpcs: [{ VpcId: VPC, CidrBlock: "10.7.0.0/16", IsDefault: false }] },
    DescribeSubnets: { Subnets: [{ SubnetId: SUBNET, VpcId: VPC, CidrBlock: "10.7.0.0/24" }] },
  };
}
