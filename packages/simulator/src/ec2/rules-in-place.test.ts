import * as ec2 from "@aws-sdk/client-ec2";
import { DEMO_PREFIX_LIST, DEMO_VPCS, demoAws } from "../world/aws/demo.ts";
import { demoId } from "../world/aws/demo-networks.ts";
import { aCloud, ec2Client, serve } from "./client.conformance.ts";

const keys = demoAws().accounts[0]?.accessKeys[0] ?? { accessKeyId: "", secretAccessKey: "" };

let server: Awaited<ReturnType<typeof serve>>;
let client: ec2.EC2Client;
let GroupId: string;
beforeEach(async () => {
  server = await serve(aCloud(demoAws()).cloud.wire);
  client = ec2Client(server.url, keys);
  const made = { GroupName: "group", Description: "d", VpcId: DEMO_VPCS.made };
  GroupId = (await client.send(new ec2.CreateSecurityGroupCommand(made))).GroupId ?? "";
});
afterEach(async () => {
  client.destroy();
  await server.close();
});

const authorize = async (IpPermissions: ec2.IpPermission[], to = GroupId) => {
  const TagSpecifications = [{ ResourceType: "security-group-rule" as const, Tags: [{ Key: "k", Value: "v" }] }];
  const input = { GroupId: to, IpPermissions, TagSpecifications };
  const { SecurityGroupRules = [] } = await client.send(new ec2.AuthorizeSecurityGroupIngressCommand(input));
  return SecurityGroupRules.map(({ SecurityGroupRuleId = "" }) => SecurityGroupRuleId);
};
const ssh = (...ranges: ec2.IpRange[]): ec2.IpPermission => ({
  IpProtocol: "tcp",
  FromPort: 22,
  ToPort: 22,
  IpRanges: ranges,
});
const modify = (...rules: [id: string, rule: ec2.SecurityGroupRuleRequest][]) =>
  client.send(
    new ec2.ModifySecurityGroupRulesCommand({
      GroupId,
      SecurityGroupRules: rules.map(([SecurityGroupRuleId, SecurityGroupRule]) => ({
        SecurityGroupRuleId,
        SecurityGroupRule,
      })),
    }),
  );
const inbound = async (): Promise<ec2.SecurityGroupRule[]> => {
  const Filters = [{ Name: "group-id", Values: [GroupId] }];
  const { SecurityGroupRules = [] } = await client.send(new ec2.DescribeSecurityGroupRulesCommand({ Filters }));
  return SecurityGroupRules.filter(({ IsEgress }) => IsEgress === false);
};

describe("modifying rules", () => {
  it("replaces a rule under its id and tags, its description included", async () => {
    const [id = ""] = await authorize([ssh({ CidrIp: "203.0.113.0/24", Description: "old" })]);
    await modify([id, { IpProtocol: "udp", FromPort: 53, ToPort: 54, CidrIpv6: "2001:DB8::1/64" }]);
    const [rule, ...others] = await inbound();
    expect(others).toEqual([]);
    expect(rule).toMatchObject({
      SecurityGroupRuleId: id,
      IpProtocol: "udp",
      FromPort: 53,
      ToPort: 54,
      CidrIpv6: "2001:db8::/64",
      Tags: [{ Key: "k", Value: "v" }],
    });
    expect([rule?.Description, rule?.CidrIpv4]).toEqual([undefined, undefined]);
  });

  it("takes a group or a prefix list for a range", async () => {
    const [id = "", other = ""] = await authorize([ssh({ CidrIp: "203.0.113.1/32" }, { CidrIp: "203.0.113.2/32" })]);
    await modify(
      [id, { IpProtocol: "-1", ReferencedGroupId: demoId("sg", 4) }],
      [other, { IpProtocol: "tcp", FromPort: 1, ToPort: 2, PrefixListId: DEMO_PREFIX_LIST, Description: "partners" }],
    );
    expect((await inbound()).toSorted((a, b) => (a.IpProtocol ?? "").localeCompare(b.IpProtocol ?? ""))).toMatchObject([
      { IpProtocol: "-1", ReferencedGroupInfo: { GroupId: demoId("sg", 4) }, FromPort: -1 },
      { IpProtocol: "tcp", PrefixListId: DEMO_PREFIX_LIST, Description: "partners" },
    ]);
  });

  it("changes all rules of a call or none", async () => {
    const [one = "", two = ""] = await authorize([ssh({ CidrIp: "203.0.113.1/32" }, { CidrIp: "203.0.113.2/32" })]);
    const before = await inbound();
    const to = (CidrIpv4: string) => ({ IpProtocol: "tcp", FromPort: 22, ToPort: 22, CidrIpv4 });
    await expect(modify([one, to("198.51.100.1/32")], [two, to("198.51.100.1/32")])).rejects.toMatchObject({
      name: "InvalidPermission.Duplicate",
    });
    await expect(
      modify([one, to("198.51.100.1/32")], ["sgr-00000000000000000", to("10.0.0.0/8")]),
    ).rejects.toMatchObject({
      name: "InvalidSecurityGroupRuleId.NotFound",
    });
    await expect(modify([one, { ...to("198.51.100.1/32"), CidrIpv6: "::/0" }])).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
    expect(await inbound()).toEqual(before);
    await modify([one, to("203.0.113.2/32")], [two, to("203.0.113.1/32")]);
    const ranges = (await inbound()).map(({ SecurityGroupRuleId, CidrIpv4 }) => [SecurityGroupRuleId, CidrIpv4]);
    expect(new Map(ranges.map(([id, range]) => [id, range]))).toEqual(
      new Map([
        [one, "203.0.113.2/32"],
        [two, "203.0.113.1/32"],
      ]),
    );
  });

  it("knows no rule of another group", async () => {
    const [theirs = ""] = await authorize([ssh({ CidrIp: "203.0.113.1/32" })], demoId("sg", 4));
    await expect(modify([theirs, { IpProtocol: "-1", CidrIpv4: "10.0.0.0/8" }])).rejects.toMatchObject({
      name: "InvalidSecurityGroupRuleId.NotFound",
    });
  });
});

describe("descriptions of rules", () => {
  const descriptions = async () => (await inbound()).map(({ CidrIpv4, Description }) => [CidrIpv4, Description]);

  it("change by value or by id, and go when they are left out", async () => {
    const [id = ""] = await authorize([ssh({ CidrIp: "203.0.113.1/32", Description: "old" })]);
    const ingress = (input: Partial<ec2.UpdateSecurityGroupRuleDescriptionsIngressRequest>) =>
      client.send(new ec2.UpdateSecurityGroupRuleDescriptionsIngressCommand({ GroupId, ...input }));
    await ingress({ IpPermissions: [ssh({ CidrIp: "203.0.113.1/32", Description: "new" })] });
    expect(await descriptions()).toEqual([["203.0.113.1/32", "new"]]);
    await ingress({ SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: id, Description: "newer" }] });
    expect(await descriptions()).toEqual([["203.0.113.1/32", "newer"]]);
    await ingress({ IpPermissions: [ssh({ CidrIp: "203.0.113.1/32" })] });
    expect(await descriptions()).toEqual([["203.0.113.1/32", undefined]]);
  });

  it.each<[string, Partial<ec2.UpdateSecurityGroupRuleDescriptionsIngressRequest>]>([
    ["InvalidPermission.NotFound", { IpPermissions: [ssh({ CidrIp: "203.0.113.9/32" })] }],
    ["MissingParameter", {}],
    ["InvalidParameterValue", { IpPermissions: [ssh({ CidrIp: "203.0.113.1/32", Description: "d".repeat(256) })] }],
    [
      "InvalidSecurityGroupRuleId.NotFound",
      { SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: "sgr-00000000000000000" }] },
    ],
  ])("are refused as %s", async (name, input) => {
    await authorize([ssh({ CidrIp: "203.0.113.1/32" })]);
    await expect(
      client.send(new ec2.UpdateSecurityGroupRuleDescriptionsIngressCommand({ GroupId, ...input })),
    ).rejects.toMatchObject({ name });
  });

  it("are of one direction: an ingress rule is not found among the egress rules", async () => {
    const [id = ""] = await authorize([ssh({ CidrIp: "203.0.113.1/32" })]);
    const SecurityGroupRuleDescriptions = [{ SecurityGroupRuleId: id, Description: "d" }];
    await expect(
      client.send(new ec2.UpdateSecurityGroupRuleDescriptionsEgressCommand({ GroupId, SecurityGroupRuleDescriptions })),
    ).rejects.toMatchObject({ name: "InvalidSecurityGroupRuleId.NotFound" });
  });
});
