import { Address, familyOf, port } from "@sallyport/contracts";
import type { Port, VmRef } from "@sallyport/contracts";
import { createSimulator, emptyWorld } from "@sallyport/simulator";
import { createVirtualClock } from "@sallyport/testkit";
import fc from "fast-check";
import { verdictAt } from "../address-set.ts";
import { nets } from "./arbitrary-net.conformance.ts";
import { vmOf } from "./aws-net.conformance.ts";
import { createAwsModel } from "./model.ts";
import type { AwsGroup, AwsNet, AwsPermit } from "./net.ts";

const model = createAwsModel();
const sources = ["203.0.113.7", "192.0.2.200", "10.0.0.2", "10.0.0.99", "2001:db8::2", "2606:4700::1"].map((one) =>
  Address.parse(one),
);
const ports = [1, 22, 23, 3389, 65_535].map(port);

const peerOf = ({ peer }: AwsPermit): object => {
  switch (peer.kind) {
    case "cidr":
      return peer.cidr.includes(":") ? { CidrIpv6: peer.cidr } : { CidrIpv4: peer.cidr };
    case "prefix-list":
      return { PrefixListId: peer.id };
    case "group":
      return { ReferencedGroupInfo: { GroupId: peer.id } };
    case "unreadable":
      return {};
  }
};

const permissionOf = (permit: AwsPermit): object => {
  const { peer } = permit;
  return {
    IpProtocol: permit.protocol,
    FromPort: permit.from,
    ToPort: permit.to,
    ...(peer.kind === "cidr" &&
      (peer.cidr.includes(":") ? { Ipv6Ranges: [{ CidrIpv6: peer.cidr }] } : { IpRanges: [{ CidrIp: peer.cidr }] })),
    ...(peer.kind === "prefix-list" && { PrefixListIds: [{ PrefixListId: peer.id }] }),
    ...(peer.kind === "group" && { UserIdGroupPairs: [{ GroupId: peer.id }] }),
  };
};

/** The net as the answers that describe it. */
function documentsOf(net: AwsNet): Record<string, unknown> {
  const groupOf = ({ key, name, ingress, egress }: AwsGroup) => ({
    GroupId: key,
    GroupName: name,
    VpcId: "vpc-1",
    IpPermissions: ingress.map(permissionOf),
    IpPermissionsEgress: egress.map(permissionOf),
  });
  const instanceId = (vm: VmRef | undefined) => vm?.split("/")[1];
  return {
    DescribeInstances: {
      Reservations: [{ Instances: net.instances.map(({ vm }) => ({ InstanceId: instanceId(vm), VpcId: "vpc-1" })) }],
    },
    DescribeNetworkInterfaces: {
      NetworkInterfaces: net.interfaces.map((one, i) => ({
        NetworkInterfaceId: one.id,
        VpcId: "vpc-1",
        PrivateIpAddress: one.addresses[0],
        PrivateIpAddresses: [{ PrivateIpAddress: one.addresses[0] }],
        Ipv6Addresses: one.addresses.slice(1).map((Ipv6Address) => ({ Ipv6Address })),
        Association: { PublicIp: `192.0.2.${i + 1}` },
        Attachment: { InstanceId: instanceId(one.vm), DeviceIndex: one.index },
        Groups: one.groups.map((GroupId) => ({ GroupId, GroupName: GroupId })),
      })),
    },
    DescribeSecurityGroups: { SecurityGroups: net.groups.map(groupOf) },
    DescribeSecurityGroupRules: {
      SecurityGroupRules: net.groups.flatMap(({ key, ingress }) =>
        ingress.map((permit) => ({
          SecurityGroupRuleId: permit.id,
          GroupId: key,
          IsEgress: false,
          IpProtocol: permit.protocol,
          FromPort: permit.from,
          ToPort: permit.to,
          ...peerOf(permit),
        })),
      ),
    },
    DescribeManagedPrefixLists: {
      PrefixLists: net.prefixLists.map(({ id, entries }) => ({
        PrefixListId: id,
        ...(entries && { Entries: entries.map((Cidr) => ({ Cidr })) }),
      })),
    },
    DescribeVpcs: {
      Vpcs: [
        {
          VpcId: "vpc-1",
          CidrBlock: "10.0.0.0/8",
          Ipv6CidrBlockAssociationSet: [{ Ipv6CidrBlock: "2001:db8::/64" }],
        },
      ],
    },
  };
}

/** What the model says of the whole machine: a packet may come by any of its interfaces. */
function modelSays(net: AwsNet, at: Port, source: Address): string {
  const verdicts = model
    .addresses(net, vmOf(1))
    .filter((address) => familyOf(address) === familyOf(source))
    .map((destination) =>
      verdictAt(model.reachable(net, { vm: vmOf(1), destination, port: at, protocol: "tcp" }), source),
    );
  return ["allowed", "unknown"].find((verdict) => verdicts.some((one) => one === verdict)) ?? "denied";
}

describe("reachability, as the simulated EC2 sees it", () => {
  it("is what the model says, for every kind of source, port and rule", async () => {
    const { azure } = emptyWorld();
    await fc.assert(
      fc.asyncProperty(nets, async (net) => {
        const simulator = await createSimulator({
          world: {
            azure,
            aws: {
              accounts: [
                {
                  accountId: "123456789012",
                  accessKeys: [{ accessKeyId: "AKIATEST", secretAccessKey: "a secret for tests" }],
                  regions: { "eu-west-1": documentsOf(net) },
                },
              ],
            },
          },
          clock: createVirtualClock(),
          auth: false,
        });
        for (const source of sources)
          for (const at of ports) {
            const asked = { source, port: at };
            const reach = simulator.control.reachable({ vm: vmOf(1), ...asked });
            const seen = "verdict" in reach ? reach.verdict : reach.misunderstood;
            const said = modelSays(net, at, source);
            // Of a group that is nowhere the model says that nobody knows its members, and the world that it has none.
            expect({ ...asked, verdict: said === "unknown" && seen === "denied" ? "denied" : said }).toEqual({
              ...asked,
              verdict: seen,
            });
          }
      }),
      { numRuns: 60 },
    );
  });
});
