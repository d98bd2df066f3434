import type { AwsDocuments } from "../documents.ts";
import { demoInstance, demoInterface } from "./demo-instance.ts";
import type { DemoInstance } from "./demo-instance.ts";
import { demoNetworks } from "./demo-networks.ts";

export const DEMO_ACCOUNT = "210987654321";
/** Where the demonstration's instances are: the default VPC and one made by hand. */
export const DEMO_VPCS = { default: "vpc-0d1f2a3b4c5d6e7f8", made: "vpc-0a9b8c7d6e5f40312" } as const;
const EDGE = "subnet-0e1d6e00000000001";
const INNER = "subnet-014e7000000000002";
const DEFAULT = "subnet-0def0000000000003";

export const DEMO_PREFIX_LIST = "pl-0c0ffee0000000001";

/** Every branch of the recommendation that an account can show: stopped, without public address, closed, and open in several ways. */
const IRELAND: readonly DemoInstance[] = [
  { name: "ec2-bastion", n: 1, subnet: EDGE, publicIp: "198.51.100.11", groups: ["bastion", "office"] },
  { name: "ec2-build-01", n: 2, subnet: EDGE, publicIp: "198.51.100.12", groups: ["build"] },
  { name: "ec2-build-02", n: 3, subnet: EDGE, publicIp: "198.51.100.13", groups: ["build"] },
  { name: "ec2-web-01", n: 4, subnet: EDGE, publicIp: "198.51.100.14", groups: ["web"] },
  { name: "ec2-web-02", n: 5, subnet: EDGE, publicIp: "198.51.100.15", groups: ["web", "ssh-anywhere"] },
  { name: "ec2-db-01", n: 6, subnet: INNER, groups: ["db", "ssh-internal"] },
  { name: "ec2-db-02", n: 7, subnet: INNER, groups: ["db"] },
  {
    name: "ec2-win-01",
    n: 8,
    subnet: EDGE,
    publicIp: "198.51.100.18",
    groups: ["rdp-anywhere", "windows"],
    platform: "windows",
  },
  { name: "ec2-legacy", n: 9, subnet: DEFAULT, publicIp: "198.51.100.19", groups: ["wide-open"] },
  {
    name: "ec2-router",
    n: 10,
    subnet: EDGE,
    publicIp: "198.51.100.20",
    groups: ["web"],
    second: { subnet: INNER, groups: ["ssh-internal"] },
  },
  {
    name: "ec2-v6",
    n: 11,
    subnet: EDGE,
    publicIp: "198.51.100.21",
    ipv6: "2001:db8:5a11:1::21",
    groups: ["ssh-anywhere-v6"],
  },
  { name: "ec2-retired", n: 12, subnet: EDGE, groups: ["ssh-anywhere"], state: "stopped" },
  { name: "ec2-reports", n: 13, subnet: DEFAULT, publicIp: "198.51.100.23", groups: ["range"] },
  { name: "ec2-partner", n: 14, subnet: EDGE, publicIp: "198.51.100.24", groups: ["partners"] },
];

const VIRGINIA_SUBNET = "subnet-0fa10000000000004";
const VIRGINIA: readonly DemoInstance[] = [
  { name: "ec2-us-batch", n: 31, subnet: VIRGINIA_SUBNET, publicIp: "198.51.100.31", groups: ["us-ssh"] },
  { name: "ec2-us-cache", n: 32, subnet: VIRGINIA_SUBNET, groups: ["us-inner"] },
];

const any = { IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
const tcp = (from: number, to: number, peers: object) => ({ IpProtocol: "tcp", FromPort: from, ToPort: to, ...peers });
const cidrs = (...ranges: readonly string[]) => ({ IpRanges: ranges.map((CidrIp) => ({ CidrIp })) });

/** The demonstration's AWS: one account, most of it in Ireland, a little in Virginia. */
export function demoAws(): AwsDocuments {
  const ireland = demoNetworks({
    accountId: DEMO_ACCOUNT,
    region: "eu-west-1",
    vpcs: [
      { id: DEMO_VPCS.default, cidr: "172.31.0.0/16", isDefault: true },
      { id: DEMO_VPCS.made, cidr: "10.20.0.0/16", ipv6: "2001:db8:5a11::/56", name: "production" },
    ],
    subnets: [
      { id: DEFAULT, vpc: DEMO_VPCS.default, cidr: "172.31.0.0/20", zone: "a" },
      { id: EDGE, vpc: DEMO_VPCS.made, cidr: "10.20.1.0/24", zone: "a", name: "edge" },
      { id: INNER, vpc: DEMO_VPCS.made, cidr: "10.20.2.0/24", zone: "b", name: "inner" },
    ],
    groups: [
      { name: "bastion", n: 1, vpc: DEMO_VPCS.made, in: [tcp(22, 22, any)] },
      {
        name: "office",
        n: 2,
        vpc: DEMO_VPCS.made,
        in: [
          tcp(443, 443, any),
          tcp(3389, 3389, { IpRanges: [{ CidrIp: "203.0.113.0/24", Description: "the office" }] }),
        ],
      },
      { name: "build", n: 3, vpc: DEMO_VPCS.made, in: [tcp(22, 22, any), tcp(8080, 8080, cidrs("203.0.113.0/24"))] },
      { name: "web", n: 4, vpc: DEMO_VPCS.made, in: [tcp(80, 80, any), tcp(443, 443, any)] },
      { name: "ssh-anywhere", n: 5, vpc: DEMO_VPCS.made, in: [tcp(22, 22, any)] },
      { name: "db", n: 6, vpc: DEMO_VPCS.made, in: [tcp(5432, 5432, { from: "web" })] },
      { name: "ssh-internal", n: 7, vpc: DEMO_VPCS.made, in: [tcp(22, 22, { from: "bastion" })] },
      { name: "rdp-anywhere", n: 8, vpc: DEMO_VPCS.made, in: [tcp(3389, 3389, any)] },
      { name: "windows", n: 9, vpc: DEMO_VPCS.made, in: [tcp(5985, 5986, cidrs("10.20.0.0/16", "203.0.113.0/24"))] },
      { name: "wide-open", n: 10, vpc: DEMO_VPCS.default, in: [{ IpProtocol: "-1", ...any }] },
      {
        name: "ssh-anywhere-v6",
        n: 11,
        vpc: DEMO_VPCS.made,
        in: [tcp(22, 22, { Ipv6Ranges: [{ CidrIpv6: "::/0" }] })],
      },
      { name: "range", n: 12, vpc: DEMO_VPCS.default, in: [tcp(0, 65_535, cidrs("192.0.2.0/24")), tcp(20, 25, any)] },
      {
        name: "partners",
        n: 13,
        vpc: DEMO_VPCS.made,
        in: [tcp(22, 22, { PrefixListIds: [{ PrefixListId: DEMO_PREFIX_LIST, Description: "partners" }] })],
      },
      { name: "default", n: 20, vpc: DEMO_VPCS.default, in: [{ IpProtocol: "-1", from: "default" }] },
      { name: "default", n: 21, vpc: DEMO_VPCS.made, in: [] },
    ],
  });
  const virginia = demoNetworks({
    accountId: DEMO_ACCOUNT,
    region: "us-east-1",
    vpcs: [{ id: "vpc-0fa10000000000001", cidr: "10.40.0.0/16", name: "batch" }],
    subnets: [{ id: VIRGINIA_SUBNET, vpc: "vpc-0fa10000000000001", cidr: "10.40.1.0/24", zone: "a" }],
    groups: [
      { name: "us-ssh", n: 31, vpc: "vpc-0fa10000000000001", in: [tcp(22, 22, any)] },
      { name: "us-inner", n: 32, vpc: "vpc-0fa10000000000001", in: [tcp(6379, 6379, cidrs("10.40.0.0/16"))] },
    ],
  });
  return {
    accounts: [
      {
        accountId: DEMO_ACCOUNT,
        accessKeys: [
          // The world's own credentials: they open nothing but the simulator.
          { accessKeyId: "AKIASALLYPORTDEMO001", secretAccessKey: "sallyport-demonstration-secret-no-value" },
        ],
        regions: {
          "eu-west-1": region(ireland, IRELAND, [
            {
              PrefixListId: DEMO_PREFIX_LIST,
              PrefixListName: "partners",
              AddressFamily: "IPv4",
              State: "create-complete",
              MaxEntries: 5,
              OwnerId: DEMO_ACCOUNT,
              Tags: [],
              Entries: [{ Cidr: "192.0.2.128/25", Description: "partner" }],
            },
          ]),
          "us-east-1": region(virginia, VIRGINIA, []),
        },
        ListRoles: {
          Roles: [
            {
              RoleName: "sallyport",
              RoleId: "AROASALLYPORTDEMO001",
              Arn: `arn:aws:iam::${DEMO_ACCOUNT}:role/sallyport`,
              AssumeRolePolicyDocument: {
                Version: "2012-10-17",
                Statement: [
                  {
                    Effect: "Allow",
                    Action: ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
                    Principal: { AWS: `arn:aws:iam::${DEMO_ACCOUNT}:root` },
                    Condition: { StringEquals: { "sts:ExternalId": "sallyport-demo" } },
                  },
                ],
              },
            },
          ],
        },
      },
    ],
  };
}

function region(
  networks: ReturnType<typeof demoNetworks>,
  instances: readonly DemoInstance[],
  PrefixLists: readonly object[],
): Record<string, unknown> {
  return {
    DescribeVpcs: { Vpcs: networks.vpcs },
    DescribeSubnets: { Subnets: networks.subnets },
    DescribeSecurityGroups: { SecurityGroups: networks.groups },
    DescribeManagedPrefixLists: { PrefixLists },
    DescribeInstances: { Reservations: instances.map((one) => demoInstance(one, networks)) },
    DescribeNetworkInterfaces: { NetworkInterfaces: instances.flatMap((one) => demoInterface(one, networks)) },
  };
}
