import * as ec2 from "@aws-sdk/client-ec2";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { DEMO_ACCOUNT, DEMO_PREFIX_LIST, DEMO_VPCS, demoAws } from "../world/aws/demo.ts";
import { demoId } from "../world/aws/demo-networks.ts";
import { aCloud, ec2Client, serve, stsClient } from "./client.conformance.ts";

const [account] = demoAws().accounts;
const keys = account?.accessKeys[0] ?? { accessKeyId: "", secretAccessKey: "" };

describe("answers of the simulated EC2, read by the SDK over a socket", () => {
  const world = aCloud(demoAws());
  let server: Awaited<ReturnType<typeof serve>>;
  let client: ec2.EC2Client;
  beforeAll(async () => {
    server = await serve(world.cloud.wire);
    client = ec2Client(server.url, keys);
  });
  afterAll(async () => {
    client.destroy();
    await server.close();
  });

  const nameOf = (tags: readonly ec2.Tag[] | undefined) => tags?.find(({ Key }) => Key === "Name")?.Value;

  it("describes instances with their interfaces, groups and addresses", async () => {
    const { Reservations = [] } = await client.send(new ec2.DescribeInstancesCommand({}));
    const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
    expect(instances).toHaveLength(14);
    const router = instances.find(({ Tags }) => nameOf(Tags) === "ec2-router");
    expect(router).toMatchObject({
      InstanceId: demoId("i", 10),
      State: { Code: 16, Name: "running" },
      PublicIpAddress: "198.51.100.20",
      PrivateIpAddress: "10.20.1.20",
      VpcId: DEMO_VPCS.made,
      SecurityGroups: [{ GroupName: "web" }],
      LaunchTime: new Date("2026-01-05T08:00:00.000Z"),
    });
    expect(router?.NetworkInterfaces?.map(({ Groups }) => Groups?.[0]?.GroupName)).toEqual(["web", "ssh-internal"]);
    expect(router?.NetworkInterfaces?.[0]?.Attachment).toMatchObject({ DeviceIndex: 0, DeleteOnTermination: true });
    expect(router?.NetworkInterfaces?.[0]?.Ipv6Addresses).toEqual([]);
    const windows = instances.find(({ Tags }) => nameOf(Tags) === "ec2-win-01");
    expect([windows?.Platform, windows?.PlatformDetails]).toEqual(["windows", "Windows"]);
  });

  it("describes interfaces", async () => {
    const { NetworkInterfaces = [] } = await client.send(
      new ec2.DescribeNetworkInterfacesCommand({
        Filters: [{ Name: "attachment.instance-id", Values: [demoId("i", 11)] }],
      }),
    );
    expect(NetworkInterfaces).toMatchObject([
      {
        Ipv6Addresses: [{ Ipv6Address: "2001:db8:5a11:1::21" }],
        Groups: [{ GroupId: demoId("sg", 11), GroupName: "ssh-anywhere-v6" }],
        PrivateIpAddresses: [{ Primary: true, Association: { PublicIp: "198.51.100.21" } }],
        Status: "in-use",
        TagSet: [],
      },
    ]);
  });

  it("describes groups with permissions of every kind of peer", async () => {
    const { SecurityGroups = [] } = await client.send(
      new ec2.DescribeSecurityGroupsCommand({
        GroupIds: [demoId("sg", 2), demoId("sg", 6), demoId("sg", 11), demoId("sg", 13)],
      }),
    );
    const permissions = SecurityGroups.flatMap(({ IpPermissions = [] }) => IpPermissions);
    expect(permissions).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ IpRanges: [{ CidrIp: "203.0.113.0/24", Description: "the office" }] }),
        expect.objectContaining({ UserIdGroupPairs: [{ GroupId: demoId("sg", 4), UserId: DEMO_ACCOUNT }] }),
        expect.objectContaining({ Ipv6Ranges: [{ CidrIpv6: "::/0" }] }),
        expect.objectContaining({ PrefixListIds: [{ PrefixListId: DEMO_PREFIX_LIST, Description: "partners" }] }),
      ]),
    );
    expect(SecurityGroups[0]).toMatchObject({ Description: "office of the demonstration", OwnerId: DEMO_ACCOUNT });
    expect(SecurityGroups[0]?.IpPermissionsEgress).toMatchObject([{ IpProtocol: "-1" }]);
  });

  it("describes rules, with -1 for the ports of a protocol that has none", async () => {
    const { SecurityGroupRules = [] } = await client.send(
      new ec2.DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [demoId("sg", 6)] }] }),
    );
    expect(SecurityGroupRules.find(({ IsEgress }) => IsEgress)).toMatchObject({
      FromPort: -1,
      ToPort: -1,
      IpProtocol: "-1",
    });
    expect(SecurityGroupRules.find(({ IsEgress }) => !IsEgress)).toMatchObject({
      SecurityGroupRuleId: expect.stringMatching(/^sgr-[0-9a-f]{17}$/),
      FromPort: 5432,
      ReferencedGroupInfo: { GroupId: demoId("sg", 4) },
      Tags: [],
    });
  });

  it("describes VPCs, subnets, regions, prefix lists and references", async () => {
    const { Vpcs } = await client.send(
      new ec2.DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["true"] }] }),
    );
    expect(Vpcs).toMatchObject([{ VpcId: DEMO_VPCS.default, IsDefault: true, CidrBlock: "172.31.0.0/16" }]);
    const { Subnets } = await client.send(
      new ec2.DescribeSubnetsCommand({ Filters: [{ Name: "tag:Name", Values: ["ed*"] }] }),
    );
    expect(Subnets).toMatchObject([{ CidrBlock: "10.20.1.0/24", AvailabilityZone: "eu-west-1a" }]);
    const { Regions } = await client.send(new ec2.DescribeRegionsCommand({}));
    expect(Regions?.map(({ RegionName }) => RegionName)).toEqual(["eu-west-1", "us-east-1"]);
    const { PrefixLists } = await client.send(new ec2.DescribeManagedPrefixListsCommand({}));
    expect(PrefixLists).toMatchObject([{ PrefixListId: DEMO_PREFIX_LIST, MaxEntries: 5 }]);
    const { Entries } = await client.send(
      new ec2.GetManagedPrefixListEntriesCommand({ PrefixListId: DEMO_PREFIX_LIST }),
    );
    expect(Entries).toEqual([{ Cidr: "192.0.2.128/25", Description: "partner" }]);
    const { SecurityGroupReferenceSet } = await client.send(
      new ec2.DescribeSecurityGroupReferencesCommand({ GroupId: [demoId("sg", 1)] }),
    );
    expect(SecurityGroupReferenceSet).toEqual([]);
  });

  it("keeps the regions apart", async () => {
    const virginia = ec2Client(server.url, keys, "us-east-1");
    const { Reservations } = await virginia.send(new ec2.DescribeInstancesCommand({}));
    expect(Reservations).toHaveLength(2);
    const oslo = ec2Client(server.url, keys, "eu-north-1");
    expect((await oslo.send(new ec2.DescribeInstancesCommand({}))).Reservations).toEqual([]);
    virginia.destroy();
    oslo.destroy();
  });

  it("starts, stops and terminates", async () => {
    const InstanceIds = [demoId("i", 3)];
    const stopped = await client.send(new ec2.StopInstancesCommand({ InstanceIds }));
    expect(stopped.StoppingInstances).toMatchObject([
      { PreviousState: { Name: "running" }, CurrentState: { Name: "stopped" } },
    ]);
    expect(world.reach("ec2-build-02", 22, "203.0.113.7")).toBe("denied");
    await client.send(new ec2.StartInstancesCommand({ InstanceIds }));
    expect(world.reach("ec2-build-02", 22, "203.0.113.7")).toBe("allowed");
    await client.send(new ec2.TerminateInstancesCommand({ InstanceIds }));
    expect(world.reach("ec2-build-02", 22, "203.0.113.7")).toBe("denied");
    await expect(client.send(new ec2.StartInstancesCommand({ InstanceIds }))).rejects.toMatchObject({
      name: "IncorrectInstanceState",
    });
    await expect(
      client.send(new ec2.DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [demoId("eni", 48)] })),
    ).rejects.toMatchObject({ name: "InvalidNetworkInterfaceID.NotFound" });
  });

  it("tags and untags, and finds by tag", async () => {
    const Resources = [demoId("sg", 1), demoId("eni", 16)];
    await client.send(new ec2.CreateTagsCommand({ Resources, Tags: [{ Key: "team", Value: "a & b <c>" }] }));
    const { Tags } = await client.send(new ec2.DescribeTagsCommand({ Filters: [{ Name: "key", Values: ["team"] }] }));
    expect(Tags).toEqual([
      { Key: "team", Value: "a & b <c>", ResourceId: demoId("eni", 16), ResourceType: "network-interface" },
      { Key: "team", Value: "a & b <c>", ResourceId: demoId("sg", 1), ResourceType: "security-group" },
    ]);
    const byTag = await client.send(
      new ec2.DescribeSecurityGroupsCommand({ Filters: [{ Name: "tag-key", Values: ["team"] }] }),
    );
    expect(byTag.SecurityGroups?.map(({ GroupId }) => GroupId)).toEqual([demoId("sg", 1)]);
    await client.send(new ec2.DeleteTagsCommand({ Resources, Tags: [{ Key: "team" }] }));
    const after = await client.send(new ec2.DescribeTagsCommand({ Filters: [{ Name: "key", Values: ["team"] }] }));
    expect(after.Tags).toEqual([]);
  });

  it("pages by opaque tokens until everything was given once", async () => {
    const ids: (string | undefined)[] = [];
    const sizes: number[] = [];
    for await (const page of ec2.paginateDescribeInstances({ client, pageSize: 5 }, {})) {
      const instances = (page.Reservations ?? []).flatMap(({ Instances = [] }) => Instances);
      sizes.push(instances.length);
      ids.push(...instances.map(({ InstanceId }) => InstanceId));
    }
    expect(sizes).toEqual([5, 5, 4]);
    expect(new Set(ids).size).toBe(14);
    const groups: string[] = [];
    for await (const page of ec2.paginateDescribeSecurityGroups({ client, pageSize: 6 }, {}))
      groups.push(...(page.SecurityGroups ?? []).flatMap(({ GroupId }) => GroupId ?? []));
    expect(new Set(groups).size).toBe(15);
  });

  it.each([
    [{ MaxResults: 4 }, "InvalidParameterValue"],
    [{ MaxResults: 1001 }, "InvalidParameterValue"],
    [{ MaxResults: 5, InstanceIds: [demoId("i", 1)] }, "InvalidParameterCombination"],
    [{ MaxResults: 5, NextToken: "made-up" }, "InvalidNextToken"],
    [{ InstanceIds: ["i-0123456789abcdef0"] }, "InvalidInstanceID.NotFound"],
    [{ InstanceIds: ["nonsense"] }, "InvalidInstanceID.Malformed"],
    [{ Filters: [{ Name: "colour", Values: ["red"] }] }, "InvalidParameterValue"],
  ])("refuses to list instances with %j: %s", async (input, name) => {
    await expect(client.send(new ec2.DescribeInstancesCommand(input))).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode: 400 },
    });
  });

  it("answers an action that it does not know as EC2 does", async () => {
    await expect(client.send(new ec2.DescribeKeyPairsCommand({}))).rejects.toMatchObject({
      name: "InvalidAction",
      $metadata: { httpStatusCode: 400 },
    });
  });

  it("answers a dry run of an allowed call with 412 and changes nothing", async () => {
    const input = { GroupName: "dry", Description: "d", VpcId: DEMO_VPCS.made, DryRun: true };
    await expect(client.send(new ec2.CreateSecurityGroupCommand(input))).rejects.toMatchObject({
      name: "DryRunOperation",
      $metadata: { httpStatusCode: 412 },
    });
    const named = await client.send(
      new ec2.DescribeSecurityGroupsCommand({ Filters: [{ Name: "group-name", Values: ["dry"] }] }),
    );
    expect(named.SecurityGroups).toEqual([]);
  });

  it("says who the caller is, and lends a role whose credentials then work", async () => {
    const sts = stsClient(server.url, keys);
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: DEMO_ACCOUNT });
    const RoleArn = `arn:aws:iam::${DEMO_ACCOUNT}:role/sallyport`;
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({
        RoleArn,
        RoleSessionName: "request-1",
        ExternalId: "sallyport-demo",
        DurationSeconds: 900,
      }),
    );
    const lent = {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
    const asRole = stsClient(server.url, lent);
    expect((await asRole.send(new GetCallerIdentityCommand({}))).Arn).toBe(
      `arn:aws:sts::${DEMO_ACCOUNT}:assumed-role/sallyport/request-1`,
    );
    const ec2AsRole = ec2Client(server.url, lent);
    expect((await ec2AsRole.send(new ec2.DescribeVpcsCommand({}))).Vpcs).toHaveLength(2);
    const withoutToken = ec2Client(server.url, { ...lent, sessionToken: "made-up" });
    await expect(withoutToken.send(new ec2.DescribeVpcsCommand({}))).rejects.toMatchObject({ name: "AuthFailure" });
    await expect(
      sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "request-1", ExternalId: "another" })),
    ).rejects.toMatchObject({ name: "AccessDenied", $metadata: { httpStatusCode: 403 } });
  });
});
