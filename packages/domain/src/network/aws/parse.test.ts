import { readFileSync } from "node:fs";
import { ScopeId, VmRef } from "@sallyport/contracts";
import { parseAwsNet } from "./parse.ts";
import { permitText } from "./permit.ts";

interface Estate {
  readonly accounts: readonly { readonly accountId: string; readonly regions: Readonly<Record<string, Answers>> }[];
}
interface Answers {
  readonly DescribeInstances?: { readonly Reservations: readonly unknown[] };
  readonly DescribeNetworkInterfaces?: { readonly NetworkInterfaces: readonly unknown[] };
  readonly DescribeSecurityGroups?: { readonly SecurityGroups: readonly unknown[] };
}

const scope = ScopeId.parse("123456789012/eu-west-1");
const parse = (parts: Partial<Parameters<typeof parseAwsNet>[0]>) =>
  parseAwsNet({ scope, reservations: [], groups: [], members: "all", references: "all", ...parts });

describe("reading what EC2 answers", () => {
  const estate: Estate = JSON.parse(
    readFileSync(new URL("../../../../../test/data/aws-estate.json", `file://${__filename}`), "utf8"),
  );
  const regions = estate.accounts.flatMap(({ accountId, regions: held }) =>
    Object.entries(held).map(([region, answers]) => ({ scope: ScopeId.parse(`${accountId}/${region}`), answers })),
  );

  it.each(regions)("takes what real EC2 answered in $scope, without ids of rules", ({ scope: where, answers }) => {
    const net = parseAwsNet({
      scope: where,
      reservations: answers.DescribeInstances?.Reservations ?? [],
      ...(answers.DescribeNetworkInterfaces && { interfaces: answers.DescribeNetworkInterfaces.NetworkInterfaces }),
      groups: answers.DescribeSecurityGroups?.SecurityGroups ?? [],
      members: "all",
      references: "all",
    });
    expect(net.interfaces.length + net.groups.length).toBeGreaterThan(0);
    const unreadable = net.groups.flatMap(({ ingress }) => ingress).filter(({ peer }) => peer.kind === "unreadable");
    expect(unreadable).toEqual([]);
    for (const one of net.interfaces) expect(one.addresses.length).toBeGreaterThan(0);
  });

  it("meets the same instance in every spelling of its id (P23)", () => {
    const written = VmRef.parse("arn:aws:ec2:EU-WEST-1:123456789012:instance/I-0000000000ABCDEF0");
    const net = parse({
      reservations: [{ Instances: [{ InstanceId: "i-0000000000abcdef0" }] }],
      interfaces: [{ NetworkInterfaceId: "eni-1", Attachment: { InstanceId: "i-0000000000abcdef0" } }],
    });
    expect(net.instances.map(({ vm }) => vm)).toEqual([written]);
    expect(net.interfaces).toMatchObject([{ id: "eni-1", vm: written }]);
  });

  it("leaves out what is over, and takes absent fields for empty", () => {
    const instance = (id: string, Name?: string) => ({ InstanceId: id, ...(Name && { State: { Name } }) });
    const net = parse({
      reservations: [
        {
          Instances: [instance("i-00000001", "terminated"), instance("i-00000002", "stopped"), instance("i-00000003")],
        },
      ],
      interfaces: [{ NetworkInterfaceId: "eni-1" }, {}],
      groups: [{ GroupId: "sg-1" }, {}],
    });
    expect(net.instances.map(({ vm, power }) => `${vm.slice(-10)} ${power}`)).toEqual([
      "i-00000002 stopped",
      "i-00000003 unknown",
    ]);
    expect(net.interfaces).toMatchObject([{ id: "eni-1", addresses: [], groups: [] }]);
    expect(net.groups).toMatchObject([{ key: "sg-1", name: "sg-1", ingress: [], egress: [] }]);
  });

  it("knows protocols by name and number, cuts off host bits, and keeps what it cannot read", () => {
    const rule = (about: object) => ({ GroupId: "sg-1", IsEgress: false, ...about });
    const net = parse({
      groups: [{ GroupId: "sg-1" }],
      rules: [
        rule({ IpProtocol: "6", FromPort: 22, ToPort: 22, CidrIpv4: "100.68.0.18/18" }),
        rule({ IpProtocol: "-1", FromPort: -1, ToPort: -1, CidrIpv6: "2001:DB8::/32" }),
        rule({ IpProtocol: "icmp", FromPort: 8, ToPort: -1, PrefixListId: "pl-1" }),
        rule({ IpProtocol: "udp", FromPort: 53, ToPort: 53, CidrIpv4: "nonsense" }),
      ],
    });
    expect(net.groups[0]?.ingress.map(permitText)).toEqual([
      "tcp 22 from 100.68.0.0/18",
      "all from 2001:db8::/32",
      "icmp 8:-1 from pl-1",
      "udp 53 from nonsense",
    ]);
  });

  it("takes a permission apart into a rule for each of its peers", () => {
    const IpPermissions = [
      {
        IpProtocol: "tcp",
        FromPort: 22,
        ToPort: 22,
        IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "inside" }],
        Ipv6Ranges: [{ CidrIpv6: "::/0" }],
        PrefixListIds: [{ PrefixListId: "pl-1" }],
        UserIdGroupPairs: [{ GroupId: "sg-2", UserId: "123456789012" }],
      },
    ];
    const [group] = parse({ groups: [{ GroupId: "sg-1", IpPermissions }] }).groups;
    expect(group?.ingress.map(permitText)).toEqual([
      "tcp 22 from 10.0.0.0/8",
      "tcp 22 from ::/0",
      "tcp 22 from pl-1",
      "tcp 22 from sg-2",
    ]);
    expect(group?.ingress[0]?.description).toBe("inside");
  });

  it("takes a group for ours only by its name and its mark together", () => {
    const group = (GroupName: string, Tags: readonly object[]) => ({
      GroupId: "sg-1",
      GroupName,
      VpcId: "vpc-1",
      Tags,
    });
    const mark = { Key: "sallyport:mark", Value: "sp1.x" };
    const keyOf = (value: object) => parse({ groups: [value] }).groups[0]?.key;
    expect(keyOf(group("sallyport-grant0001", [mark]))).toBe("vpc-1/sallyport-grant0001");
    expect(keyOf(group("sallyport-grant0001", []))).toBe("sg-1");
    expect(keyOf(group("web", [mark]))).toBe("sg-1");
  });
});
