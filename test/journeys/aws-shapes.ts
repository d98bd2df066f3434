import { emptyWorld } from "@sallyport/simulator";
import type { Simulator, WorldDocuments } from "@sallyport/simulator";
import { ACCOUNT, REGION } from "./estates.ts";
import type { Estate } from "./estates.ts";

const VPC = "vpc-0000000000000c0f1";
const SUBNET = "subnet-0000000000000c0f1";
export const PREFIX_LIST = "pl-0000000000000c0f1";
const instance = (n: number) => `i-0000000000000c0f${n}`;
export const eni = (n: number) => `eni-0000000000000c0f${n}`;
/** Id of a group by its name: short, and of hexadecimal digits, as ids are. */
export const sg = (name: string) => `sg-${Buffer.from(name).toString("hex").padStart(17, "0")}`;

/** A rule in few words: protocol, ports (`*` for all), and who may send: a range, `group:<name>` or the prefix list. */
export type ShortPermit = readonly [protocol: string, ports: string, source: string];

export interface AwsShape {
  /** Inbound rules of each group, by its name; everything may leave. */
  readonly groups: Readonly<Record<string, readonly ShortPermit[]>>;
  /** Groups of each interface of each machine; the first machine is the one under JIT. */
  readonly machines: readonly (readonly (readonly string[])[])[];
}

const permissionOf = ([protocol, ports, source]: ShortPermit) => {
  const [from = 0, to = from] = ports === "*" ? [-1, -1] : ports.split("-").map(Number);
  const base = { IpProtocol: protocol, ...(protocol !== "-1" && { FromPort: from, ToPort: to }) };
  const Description = `for ${source.replaceAll(/[^\w.]/g, " ")}`;
  if (source.startsWith("group:"))
    return {
      ...base,
      UserIdGroupPairs: [{ GroupId: sg(source.slice("group:".length)), UserId: ACCOUNT, Description }],
    };
  if (source.startsWith("pl-")) return { ...base, PrefixListIds: [{ PrefixListId: source, Description }] };
  return source.includes(":")
    ? { ...base, Ipv6Ranges: [{ CidrIpv6: source, Description }] }
    : { ...base, IpRanges: [{ CidrIp: source, Description }] };
};

/** One account and region of this shape; interface n of the whole has 10.7.0.1n, 2001:db8:7::1n and 203.0.113.1n. */
export function awsWorld({ groups, machines }: AwsShape): WorldDocuments {
  const { azure } = emptyWorld();
  const interfaces = machines
    .flatMap((own, i) => own.map((names, index) => ({ machine: i + 1, index, names })))
    .map(({ machine, index, names }, i) => ({
      NetworkInterfaceId: eni(i + 1),
      VpcId: VPC,
      SubnetId: SUBNET,
      OwnerId: ACCOUNT,
      PrivateIpAddress: `10.7.0.1${i + 1}`,
      PrivateIpAddresses: [
        {
          Primary: true,
          PrivateIpAddress: `10.7.0.1${i + 1}`,
          Association: { PublicIp: `203.0.113.1${i + 1}`, AllocationId: `eipalloc-${i + 1}` },
        },
      ],
      Ipv6Addresses: [{ Ipv6Address: `2001:db8:7::1${i + 1}` }],
      Association: { PublicIp: `203.0.113.1${i + 1}`, AllocationId: `eipalloc-${i + 1}` },
      Attachment: { InstanceId: instance(machine), InstanceOwnerId: ACCOUNT, DeviceIndex: index, Status: "attached" },
      Groups: names.map((name) => ({ GroupId: sg(name), GroupName: name })),
      Status: "in-use",
    }));
  const region = {
    DescribeInstances: {
      Reservations: [
        {
          ReservationId: "r-1",
          OwnerId: ACCOUNT,
          Instances: machines.map((_, i) => ({
            InstanceId: instance(i + 1),
            VpcId: VPC,
            SubnetId: SUBNET,
            State: { Code: 16, Name: "running" },
            Tags: [{ Key: "Name", Value: `shop-${i + 1}` }],
          })),
        },
      ],
    },
    DescribeNetworkInterfaces: { NetworkInterfaces: interfaces },
    DescribeSecurityGroups: {
      SecurityGroups: Object.entries(groups).map(([name, permits]) => ({
        GroupId: sg(name),
        GroupName: name,
        Description: name,
        VpcId: VPC,
        OwnerId: ACCOUNT,
        Tags: [{ Key: "team", Value: "shop" }],
        IpPermissions: permits.map(permissionOf),
        IpPermissionsEgress: [
          { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }], Ipv6Ranges: [{ CidrIpv6: "::/0" }] },
        ],
      })),
    },
    DescribeManagedPrefixLists: {
      PrefixLists: [{ PrefixListId: PREFIX_LIST, MaxEntries: 3, Entries: [{ Cidr: "192.0.2.0/24" }] }],
    },
    DescribeVpcs: { Vpcs: [{ VpcId: VPC, CidrBlock: "10.7.0.0/16", IsDefault: false }] },
    DescribeSubnets: { Subnets: [{ SubnetId: SUBNET, VpcId: VPC, CidrBlock: "10.7.0.0/24" }] },
  };
  return {
    azure,
    aws: {
      accounts: [
        {
          accountId: ACCOUNT,
          accessKeys: [{ accessKeyId: "AKIAJOURNEYS", secretAccessKey: "a secret of the journeys" }],
          regions: { [REGION]: region },
        },
      ],
    },
  };
}

/** The first machine of such a world, and the second. */
export const awsMachine: Estate = {
  cloud: "aws",
  vm: `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${instance(1)}`,
  neighbour: `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${instance(2)}`,
  insider: "192.0.2.10",
};

/** Somebody else's call of EC2, now or during the next write that a pattern meets. */
export async function outsider(
  { control }: Pick<Simulator, "control">,
  action: string,
  params: Readonly<Record<string, string>>,
  duringNextWriteTo?: string,
): Promise<void> {
  const edit = { cloud: "aws" as const, region: REGION, action, params };
  const answer = await control.outsider({ edit, ...(duringNextWriteTo !== undefined && { duringNextWriteTo }) });
  if (answer !== "planned" && ("misunderstood" in answer || answer.status >= 300))
    throw new Error(JSON.stringify(answer));
}

/** An inbound rule as EC2's parameters have it. */
export const permitParams = (group: string, port: number, cidr: string): Readonly<Record<string, string>> => ({
  GroupId: sg(group),
  "IpPermissions.1.IpProtocol": "tcp",
  "IpPermissions.1.FromPort": String(port),
  "IpPermissions.1.ToPort": String(port),
  "IpPermissions.1.IpRanges.1.CidrIp": cidr,
});

/** The list of an interface's groups as EC2's parameters have it. */
export const groupsParams = (n: number, names: readonly string[]): Readonly<Record<string, string>> => ({
  NetworkInterfaceId: eni(n),
  ...Object.fromEntries(names.map((name, i) => [`SecurityGroupId.${i + 1}`, sg(name)])),
});
