import * as ec2 from "@aws-sdk/client-ec2";
import { DEMO_PREFIX_LIST, DEMO_VPCS, demoAws } from "../world/aws/demo.ts";
import { demoId } from "../world/aws/demo-networks.ts";
import { aCloud, ec2Client, serve } from "./client.conformance.ts";

const keys = demoAws().accounts[0]?.accessKeys[0] ?? { accessKeyId: "", secretAccessKey: "" };

const tcp22 = (...cidrs: readonly string[]): ec2.IpPermission[] => [
  { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: cidrs.map((CidrIp) => ({ CidrIp })) },
];

const named = (name: string, status = 400) => ({ name, $metadata: { httpStatusCode: status } });

let server: Awaited<ReturnType<typeof serve>>;
let client: ec2.EC2Client;
beforeEach(async () => {
  server = await serve(aCloud(demoAws()).cloud.wire);
  client = ec2Client(server.url, keys);
});
afterEach(async () => {
  client.destroy();
  await server.close();
});

let count = 0;
const create = async (more: Partial<ec2.CreateSecurityGroupRequest> = {}): Promise<string> => {
  count += 1;
  const input = { GroupName: `group-${count}`, Description: "d", VpcId: DEMO_VPCS.made, ...more };
  const { GroupId = "" } = await client.send(new ec2.CreateSecurityGroupCommand(input));
  return GroupId;
};
const authorize = (GroupId: string, IpPermissions: ec2.IpPermission[], more = {}) =>
  client.send(new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions, ...more }));
const group = async (GroupId: string): Promise<ec2.SecurityGroup | undefined> =>
  (await client.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }))).SecurityGroups?.[0];

describe("creating a security group", () => {
  it("lets nothing in and everything out, and carries its tags from the first moment", async () => {
    const Tags = [{ Key: "grant", Value: "g1" }];
    const id = await create({ TagSpecifications: [{ ResourceType: "security-group", Tags }] });
    expect(id).toMatch(/^sg-[0-9a-f]{17}$/);
    expect(await group(id)).toMatchObject({
      IpPermissions: [],
      IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
      Tags,
    });
  });

  it("refuses a name that the VPC has in any case, and takes it in another VPC", async () => {
    await create({ GroupName: "twice" });
    await expect(create({ GroupName: "TWICE" })).rejects.toMatchObject(named("InvalidGroup.Duplicate"));
    await expect(create({ GroupName: "twice", VpcId: DEMO_VPCS.default })).resolves.toMatch(/^sg-/);
  });

  it.each<[string, Partial<ec2.CreateSecurityGroupRequest>, string]>([
    ["a name like an id", { GroupName: "sg-mine" }, "InvalidParameterValue"],
    ["the reserved name", { GroupName: "default" }, "InvalidParameterValue"],
    ["a description outside the character set", { Description: "café" }, "InvalidParameterValue"],
    ["a name of 256 characters", { GroupName: "n".repeat(256) }, "InvalidParameterValue"],
    ["a VPC that does not exist", { VpcId: "vpc-0123456789abcdef0" }, "InvalidVpcID.NotFound"],
    [
      "tags for another kind of thing",
      { TagSpecifications: [{ ResourceType: "instance", Tags: [] }] },
      "InvalidParameterValue",
    ],
    [
      "a reserved tag",
      { TagSpecifications: [{ ResourceType: "security-group", Tags: [{ Key: "aws:x", Value: "" }] }] },
      "InvalidParameterValue",
    ],
  ])("refuses %s", async (_what, input, code) => {
    await expect(create(input)).rejects.toMatchObject(named(code));
  });
});

describe("authorising", () => {
  it("answers every rule with its id, canonical range and tags", async () => {
    const id = await create();
    const Tags = [{ Key: "grant", Value: "g1" }];
    const { SecurityGroupRules } = await authorize(
      id,
      [
        { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "100.68.0.18/18", Description: "vpn" }] },
        { IpProtocol: "6", FromPort: 3389, ToPort: 3389, Ipv6Ranges: [{ CidrIpv6: "2001:DB8:0:0::1/64" }] },
        { IpProtocol: "-1", PrefixListIds: [{ PrefixListId: DEMO_PREFIX_LIST }], UserIdGroupPairs: [{ GroupId: id }] },
      ],
      { TagSpecifications: [{ ResourceType: "security-group-rule", Tags }] },
    );
    expect(SecurityGroupRules).toMatchObject([
      { CidrIpv4: "100.68.0.0/18", FromPort: 22, Description: "vpn", IpProtocol: "tcp", IsEgress: false, Tags },
      { CidrIpv6: "2001:db8::/64", FromPort: 3389, IpProtocol: "tcp", Tags },
      { PrefixListId: DEMO_PREFIX_LIST, FromPort: -1, ToPort: -1, IpProtocol: "-1" },
      { ReferencedGroupInfo: { GroupId: id }, IpProtocol: "-1" },
    ]);
    expect(new Set(SecurityGroupRules?.map((rule) => rule.SecurityGroupRuleId)).size).toBe(4);
  });

  it("judges duplicates by the canonical form, in the recorded words, whatever the description", async () => {
    const id = await create();
    await authorize(id, tcp22("0.0.0.0/0"));
    const again: ec2.IpPermission[] = [
      { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "203.0.113.9/0", Description: "new" }] },
    ];
    await expect(authorize(id, again)).rejects.toMatchObject({
      ...named("InvalidPermission.Duplicate"),
      message: 'the specified rule "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW" already exists',
    });
  });

  it("adds all rules of a call or none", async () => {
    const id = await create();
    await authorize(id, tcp22("203.0.113.1/32"));
    await expect(authorize(id, tcp22("203.0.113.2/32", "203.0.113.1/32"))).rejects.toMatchObject(
      named("InvalidPermission.Duplicate"),
    );
    expect((await group(id))?.IpPermissions).toMatchObject([{ IpRanges: [{ CidrIp: "203.0.113.1/32" }] }]);
  });

  it("holds 60 rules of each family in each direction, and not one more", async () => {
    const id = await create();
    const v4 = (n: number) => Array.from({ length: n }, (_, i) => `203.0.113.${i}/32`);
    await authorize(id, tcp22(...v4(60)));
    await expect(authorize(id, tcp22("198.51.100.1/32"))).rejects.toMatchObject(
      named("RulesPerSecurityGroupLimitExceeded"),
    );
    const v6 = (n: number) =>
      Array.from({ length: n }, (_, i) => ({ CidrIpv6: `2001:db8::${(i + 1).toString(16)}/128` }));
    const ipv6 = (ranges: { CidrIpv6: string }[]) => [
      { IpProtocol: "tcp", FromPort: 22, ToPort: 22, Ipv6Ranges: ranges },
    ];
    await expect(authorize(id, ipv6(v6(61)))).rejects.toMatchObject(named("RulesPerSecurityGroupLimitExceeded"));
    await authorize(id, ipv6(v6(60)));
    await expect(authorize(id, [{ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: id }] }])).rejects.toMatchObject(
      named("RulesPerSecurityGroupLimitExceeded"),
    );
  });

  it("counts a prefix list as its most entries", async () => {
    const id = await create();
    const list = [{ PrefixListId: DEMO_PREFIX_LIST }];
    for (let port = 1; port <= 12; port += 1)
      await authorize(id, [{ IpProtocol: "tcp", FromPort: port, ToPort: port, PrefixListIds: list }]);
    await expect(authorize(id, tcp22("203.0.113.1/32"))).rejects.toMatchObject(
      named("RulesPerSecurityGroupLimitExceeded"),
    );
  });

  it.each<[string, ec2.IpPermission[], string]>([
    ["no permission at all", [], "MissingParameter"],
    ["no source", [{ IpProtocol: "tcp", FromPort: 22, ToPort: 22 }], "MissingParameter"],
    ["a range that is none", tcp22("203.0.113.1/33"), "InvalidParameterValue"],
    ["an address without prefix", tcp22("203.0.113.1"), "InvalidParameterValue"],
    ["an IPv6 range among IPv4 ones", tcp22("2001:db8::/32"), "InvalidParameterValue"],
    ["ports upside down", [{ ...tcp22("203.0.113.1/32")[0], FromPort: 23, ToPort: 22 }], "InvalidParameterValue"],
    ["a port beyond 65535", [{ ...tcp22("203.0.113.1/32")[0], ToPort: 65_536 }], "InvalidParameterValue"],
    ["tcp without ports", [{ IpProtocol: "tcp", IpRanges: [{ CidrIp: "203.0.113.1/32" }] }], "InvalidParameterValue"],
    ["an unknown protocol", [{ ...tcp22("203.0.113.1/32")[0], IpProtocol: "tpc" }], "InvalidParameterValue"],
    ["the same rule twice", tcp22("203.0.113.1/24", "203.0.113.2/24"), "InvalidParameterValue"],
    [
      "a group that does not exist",
      [{ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: "sg-0123456789abcdef0" }] }],
      "InvalidGroup.NotFound",
    ],
    [
      "a group of another VPC",
      [{ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: demoId("sg", 10) }] }],
      "InvalidGroup.NotFound",
    ],
    [
      "an unknown prefix list",
      [{ IpProtocol: "-1", PrefixListIds: [{ PrefixListId: "pl-0123456789abcdef0" }] }],
      "InvalidPrefixListID.NotFound",
    ],
    [
      "a description of 256 characters",
      [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "203.0.113.1/32", Description: "d".repeat(256) }] }],
      "InvalidParameterValue",
    ],
    [
      "a description outside the character set",
      [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "203.0.113.1/32", Description: "<b>" }] }],
      "InvalidParameterValue",
    ],
  ])("refuses %s", async (_what, permissions, code) => {
    await expect(authorize(demoId("sg", 1), permissions)).rejects.toMatchObject(named(code));
  });

  it("takes a group across a peering as it is named, so that such a rule can come back", async () => {
    const pair = { GroupId: "sg-0feedfeedfeedfee0", UserId: "111122223333", VpcPeeringConnectionId: "pcx-1" };
    await authorize(demoId("sg", 1), [{ IpProtocol: "tcp", FromPort: 22, ToPort: 22, UserIdGroupPairs: [pair] }]);
    const permissions = (await group(demoId("sg", 1)))?.IpPermissions ?? [];
    expect(permissions.flatMap(({ UserIdGroupPairs = [] }) => UserIdGroupPairs)).toMatchObject([pair]);
  });

  it("treats egress by the same rules", async () => {
    const id = await create();
    const IpPermissions = tcp22("203.0.113.0/24");
    const first = await client.send(new ec2.AuthorizeSecurityGroupEgressCommand({ GroupId: id, IpPermissions }));
    expect(first.SecurityGroupRules).toMatchObject([{ IsEgress: true }]);
    await expect(
      client.send(new ec2.AuthorizeSecurityGroupEgressCommand({ GroupId: id, IpPermissions })),
    ).rejects.toMatchObject(named("InvalidPermission.Duplicate"));
    await expect(authorize(id, IpPermissions)).resolves.toMatchObject({ Return: true });
  });
});

describe("revoking", () => {
  const revoke = (GroupId: string, how: Partial<ec2.RevokeSecurityGroupIngressRequest>) =>
    client.send(new ec2.RevokeSecurityGroupIngressCommand({ GroupId, ...how }));

  it("takes rules away by id and says which", async () => {
    const id = await create();
    const { SecurityGroupRules = [] } = await authorize(id, tcp22("203.0.113.1/32", "203.0.113.2/32"));
    const [first] = SecurityGroupRules.flatMap(({ SecurityGroupRuleId }) => SecurityGroupRuleId ?? []);
    const { RevokedSecurityGroupRules, UnknownIpPermissions } = await revoke(id, {
      SecurityGroupRuleIds: [first ?? ""],
    });
    expect(RevokedSecurityGroupRules).toMatchObject([
      { SecurityGroupRuleId: first, CidrIpv4: "203.0.113.1/32", GroupId: id },
    ]);
    expect(UnknownIpPermissions).toEqual([]);
    expect((await group(id))?.IpPermissions).toMatchObject([{ IpRanges: [{ CidrIp: "203.0.113.2/32" }] }]);
  });

  it("revokes nothing when one of the ids is unknown, or belongs to the other direction", async () => {
    const id = await create();
    const { SecurityGroupRules = [] } = await authorize(id, tcp22("203.0.113.1/32"));
    const own = SecurityGroupRules[0]?.SecurityGroupRuleId ?? "";
    await expect(revoke(id, { SecurityGroupRuleIds: [own, "sgr-0123456789abcdef0"] })).rejects.toMatchObject(
      named("InvalidSecurityGroupRuleId.NotFound"),
    );
    await expect(
      client.send(new ec2.RevokeSecurityGroupEgressCommand({ GroupId: id, SecurityGroupRuleIds: [own] })),
    ).rejects.toMatchObject(named("InvalidSecurityGroupRuleId.NotFound"));
    expect((await group(id))?.IpPermissions).toHaveLength(1);
  });

  it("matches values exactly: a port inside a wider range is not found, and nothing is revoked", async () => {
    const id = await create();
    await authorize(id, [{ IpProtocol: "tcp", FromPort: 20, ToPort: 25, IpRanges: [{ CidrIp: "203.0.113.0/24" }] }]);
    await authorize(id, tcp22("198.51.100.0/24"));
    await expect(revoke(id, { IpPermissions: tcp22("198.51.100.0/24", "203.0.113.0/24") })).rejects.toMatchObject(
      named("InvalidPermission.NotFound"),
    );
    expect((await group(id))?.IpPermissions).toHaveLength(2);
    await revoke(id, { IpPermissions: tcp22("198.51.100.77/24") });
    expect((await group(id))?.IpPermissions).toHaveLength(1);
  });

  it("answers a mismatch in the default VPC with success, and the unknown values", async () => {
    const id = await create({ VpcId: DEMO_VPCS.default });
    await authorize(id, tcp22("203.0.113.1/32"));
    const answer = await revoke(id, { IpPermissions: tcp22("203.0.113.1/32", "203.0.113.2/32") });
    expect(answer).toMatchObject({
      Return: true,
      UnknownIpPermissions: [{ FromPort: 22, IpRanges: [{ CidrIp: "203.0.113.2/32" }] }],
      RevokedSecurityGroupRules: [{ CidrIpv4: "203.0.113.1/32" }],
    });
  });

  it("refuses ids and values together", async () => {
    const how = { SecurityGroupRuleIds: ["sgr-0123456789abcdef0"], IpPermissions: tcp22("203.0.113.1/32") };
    await expect(revoke(demoId("sg", 1), how)).rejects.toMatchObject(named("InvalidParameterCombination"));
  });
});

describe("deleting a security group", () => {
  const remove = (GroupId: string) => client.send(new ec2.DeleteSecurityGroupCommand({ GroupId }));

  it("refuses while an interface has it, another group names it, or it is the default one", async () => {
    await expect(remove(demoId("sg", 3))).rejects.toMatchObject(named("DependencyViolation"));
    const named1 = await create();
    const naming = await create();
    await authorize(naming, [{ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: named1 }] }]);
    await expect(remove(named1)).rejects.toMatchObject(named("DependencyViolation"));
    await expect(remove(demoId("sg", 20))).rejects.toMatchObject(named("CannotDelete"));
  });

  it("deletes one that names only itself, once", async () => {
    const id = await create();
    await authorize(id, [{ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: id }] }]);
    expect(await remove(id)).toMatchObject({ Return: true, GroupId: id });
    await expect(remove(id)).rejects.toMatchObject(named("InvalidGroup.NotFound"));
    await expect(group(id)).rejects.toMatchObject({ message: `The security group '${id}' does not exist` });
  });
});

describe("the groups of an interface", () => {
  const eni = demoId("eni", 16);
  const put = (Groups: string[]) =>
    client.send(new ec2.ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: eni, Groups }));
  const held = async (): Promise<readonly (string | undefined)[] | undefined> => {
    const { NetworkInterfaces } = await client.send(
      new ec2.DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eni] }),
    );
    return NetworkInterfaces?.[0]?.Groups?.map(({ GroupId }) => GroupId);
  };

  it("are replaced as a whole, and shown by the instance as well", async () => {
    await put([demoId("sg", 4)]);
    expect(await held()).toEqual([demoId("sg", 4)]);
    const { Reservations } = await client.send(new ec2.DescribeInstancesCommand({ InstanceIds: [demoId("i", 1)] }));
    expect(Reservations?.[0]?.Instances?.[0]?.SecurityGroups).toEqual([{ GroupId: demoId("sg", 4), GroupName: "web" }]);
  });

  it("are at least one and at most five, of the interface's own VPC, and exist", async () => {
    const five = [1, 2, 3, 4, 5].map((n) => demoId("sg", n));
    await expect(put([])).rejects.toMatchObject(named("InvalidParameterCombination"));
    await put(five);
    await expect(put([...five, demoId("sg", 6)])).rejects.toMatchObject(
      named("SecurityGroupsPerInterfaceLimitExceeded"),
    );
    await expect(put([demoId("sg", 10)])).rejects.toMatchObject(named("InvalidParameterValue"));
    await expect(put(["sg-0123456789abcdef0"])).rejects.toMatchObject(named("InvalidGroup.NotFound"));
    expect(await held()).toEqual(five);
  });

  it("are as many as the account's own quotas say, as are rules and groups, where the world has raised or lowered them", async () => {
    const documents = demoAws();
    const known = await client.send(new ec2.DescribeSecurityGroupsCommand({}));
    const groupsPerRegion = (known.SecurityGroups ?? []).length + 1;
    const quotas = { groupsPerInterface: 6, rulesPerGroup: 1, groupsPerRegion };
    const accounts = documents.accounts.map((account) => ({ ...account, quotas }));
    await server.close();
    server = await serve(aCloud({ ...documents, accounts }).cloud.wire);
    client = ec2Client(server.url, keys);
    const id = await create();
    await expect(create()).rejects.toMatchObject(named("SecurityGroupLimitExceeded"));
    await expect(authorize(id, tcp22("203.0.113.1/32", "203.0.113.2/32"))).rejects.toMatchObject(
      named("RulesPerSecurityGroupLimitExceeded"),
    );
    const five = [1, 2, 3, 4, 5].map((n) => demoId("sg", n));
    await put([...five, id]);
    expect(await held()).toEqual([...five, id]);
  });

  it("change one attribute per call", async () => {
    const input = { NetworkInterfaceId: eni, Groups: [demoId("sg", 4)], Description: { Value: "both" } };
    await expect(client.send(new ec2.ModifyNetworkInterfaceAttributeCommand(input))).rejects.toMatchObject(
      named("InvalidParameterCombination"),
    );
    await client.send(
      new ec2.ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: eni, Description: { Value: "one" } }),
    );
  });

  it("cannot be set by way of an instance that has several interfaces", async () => {
    const put = (n: number) =>
      client.send(new ec2.ModifyInstanceAttributeCommand({ InstanceId: demoId("i", n), Groups: [demoId("sg", 4)] }));
    await expect(put(10)).rejects.toMatchObject(named("InvalidInstanceID"));
    await put(1);
    expect(await held()).toEqual([demoId("sg", 4)]);
  });
});
