import { leastRole } from "@sallyport/cloud-aws";
import type { AwsAccount } from "@sallyport/cloud-aws";
import { VmRef } from "@sallyport/contracts";
import { emptyWorld, withAwsRole } from "@sallyport/simulator";
import type { WorldDocuments } from "@sallyport/simulator";
import { AWS_KEY } from "./estates.ts";
import type { Estate } from "./estates.ts";

/** One machine in one region of one account; `n` tells its ids apart from the others'. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
  readonly n: number;
}

/** Where Sallyport runs; nothing of it is guarded. */
const HOME = "210987654300";

/** Three accounts, the first in two regions; a fourth has a machine, too, and is not connected. */
export const places = {
  north: { accountId: "210987654301", region: "eu-north-1", n: 1 },
  south: { accountId: "210987654301", region: "eu-south-1", n: 2 },
  other: { accountId: "210987654302", region: "eu-north-1", n: 3 },
  third: { accountId: "210987654303", region: "us-east-2", n: 4 },
  stranger: { accountId: "210987654304", region: "eu-north-1", n: 5 },
} as const satisfies Readonly<Record<string, Place>>;

export const connectedPlaces: readonly Place[] = [places.north, places.south, places.other, places.third];

const ROLE = "sallyport";
export const roleArn = ({ accountId }: Place): string => `arn:aws:iam::${accountId}:role/${ROLE}`;
/** A part of every id of the place's things. */
export const idPart = ({ n }: Place): string => `0000000000000ac${n}`;

export const estateOf = (place: Place): Estate => ({
  cloud: "aws",
  vm: VmRef.parse(`arn:aws:ec2:${place.region}:${place.accountId}:instance/i-${idPart(place)}1`),
  insider: "192.0.2.10",
});

const externalIdOf = (accountId: string): string => `tenant-of-${accountId}`;

/** The connected accounts, each entered by its role under an external id of its own. */
export const connectedAccounts: readonly AwsAccount[] = [
  ...new Set(connectedPlaces.map(({ accountId }) => accountId)),
].map((accountId) => ({
  accountId,
  regions: connectedPlaces.filter((place) => place.accountId === accountId).map(({ region }) => region),
  credentials: AWS_KEY,
  roleArn: `arn:aws:iam::${accountId}:role/${ROLE}`,
  externalId: externalIdOf(accountId),
}));

/** Each account with the role that `sallyport role aws` prints for it, enforced; whoever has the key of home may become it. */
export function accountsWorld(): WorldDocuments {
  const { azure } = emptyWorld();
  const all: readonly Place[] = Object.values(places);
  const ids = [...new Set(all.map(({ accountId }) => accountId))];
  const accounts = ids.map((accountId) => ({
    accountId,
    accessKeys: [{ accessKeyId: `AKIAOF${accountId}`, secretAccessKey: "a key that nobody here has" }],
    regions: Object.fromEntries(
      all.filter((place) => place.accountId === accountId).map((place) => [place.region, regionOf(place)]),
    ),
  }));
  const world: WorldDocuments = {
    azure,
    aws: { accounts: [...accounts, { accountId: HOME, accessKeys: [AWS_KEY], regions: {} }] },
  };
  return ids.reduce((so, accountId) => {
    const externalId = externalIdOf(accountId);
    const { policy, trust } = leastRole({ account: accountId, trusted: `arn:aws:iam::${HOME}:root`, externalId });
    return withAwsRole(so, { accountId, roleName: ROLE, trust, policies: [policy] });
  }, world);
}

function regionOf(place: Place): Record<string, unknown> {
  const id = (prefix: string) => `${prefix}-${idPart(place)}1`;
  const address = `10.7.${place.n}.11`;
  const open = (port: number, cidr: string) => ({
    IpProtocol: "tcp",
    FromPort: port,
    ToPort: port,
    IpRanges: [{ CidrIp: cidr }],
  });
  const publicly = { PublicIp: `203.0.113.${place.n}` };
  return {
    DescribeInstances: {
      Reservations: [
        {
          ReservationId: "r-1",
          OwnerId: place.accountId,
          Instances: [
            {
              InstanceId: id("i"),
              VpcId: id("vpc"),
              SubnetId: id("subnet"),
              PrivateIpAddress: address,
              State: { Code: 16, Name: "running" },
            },
          ],
        },
      ],
    },
    DescribeNetworkInterfaces: {
      NetworkInterfaces: [
        {
          NetworkInterfaceId: id("eni"),
          VpcId: id("vpc"),
          SubnetId: id("subnet"),
          OwnerId: place.accountId,
          PrivateIpAddress: address,
          PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: address, Association: publicly }],
          Association: publicly,
          Attachment: { InstanceId: id("i"), InstanceOwnerId: place.accountId, DeviceIndex: 0, Status: "attached" },
          Groups: [{ GroupId: id("sg"), GroupName: "app" }],
          Status: "in-use",
        },
      ],
    },
    DescribeSecurityGroups: {
      SecurityGroups: [
        {
          GroupId: id("sg"),
          GroupName: "app",
          Description: "app",
          VpcId: id("vpc"),
          OwnerId: place.accountId,
          IpPermissions: [open(22, "192.0.2.0/24"), open(443, "0.0.0.0/0")],
          IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
        },
      ],
    },
    DescribeVpcs: { Vpcs: [{ VpcId: id("vpc"), CidrBlock: "10.7.0.0/16", IsDefault: false }] },
    DescribeSubnets: { Subnets: [{ SubnetId: id("subnet"), VpcId: id("vpc"), CidrBlock: `10.7.${place.n}.0/24` }] },
  };
}
