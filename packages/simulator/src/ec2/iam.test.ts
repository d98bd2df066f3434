import * as ec2 from "@aws-sdk/client-ec2";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import { DEMO_ACCOUNT, DEMO_VPCS } from "../world/aws/demo.ts";
import { demoId } from "../world/aws/demo-networks.ts";
import { withAwsRole } from "../worlds/aws-roles.ts";
import type { AwsRoleParts } from "../worlds/aws-roles.ts";
import { demoWorld } from "../worlds/worlds.ts";
import { loadRegion } from "../world/aws/load-region.ts";
import { actions } from "./actions.ts";
import { rightsFor } from "./permissions.ts";
import { queryFrom } from "./query.ts";
import { aCloud, ec2Client, serve, stsClient } from "./client.conformance.ts";

const ROLE_ARN = `arn:aws:iam::${DEMO_ACCOUNT}:role/jit`;
const arn = (type: string, id: string, region = "eu-west-1") => `arn:aws:ec2:${region}:${DEMO_ACCOUNT}:${type}/${id}`;
const allow = (Action: string | readonly string[], Resource: string | readonly string[] = "*", Condition?: object) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const policy = (...Statement: readonly object[]) => ({ Version: "2012-10-17", Statement });

describe("IAM at the simulated EC2", () => {
  let close: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const one of close) await one();
    close = [];
  });

  /** A world with one role, and clients that hold a session of it. */
  async function asRole(
    policies: readonly object[],
    { role = {}, session = {} }: { role?: Partial<AwsRoleParts>; session?: Partial<AssumeRoleCommandInput> } = {},
  ) {
    const { aws } = withAwsRole(demoWorld(), {
      accountId: DEMO_ACCOUNT,
      roleName: "jit",
      externalId: "t-1",
      policies,
      ...role,
    });
    const key = aws.accounts[0]?.accessKeys[0] ?? { accessKeyId: "", secretAccessKey: "" };
    const world = aCloud(aws);
    const server = await serve(world.cloud.wire);
    close.push(server.close);
    const sts = stsClient(server.url, key);
    const assume = (more: Partial<AssumeRoleCommandInput> = {}) =>
      sts.send(
        new AssumeRoleCommand({
          RoleArn: ROLE_ARN,
          RoleSessionName: "grant-1",
          ExternalId: "t-1",
          ...session,
          ...more,
        }),
      );
    const lent = async (more: Partial<AssumeRoleCommandInput> = {}) => {
      const { Credentials: given } = await assume(more);
      return {
        accessKeyId: given?.AccessKeyId ?? "",
        secretAccessKey: given?.SecretAccessKey ?? "",
        sessionToken: given?.SessionToken ?? "",
      };
    };
    return { world, server, key, assume, lent };
  }
  const clientOf = async (
    policies: readonly object[],
    more: Parameters<typeof asRole>[1] = {},
    region = "eu-west-1",
  ) => {
    const { lent, server, world } = await asRole(policies, more);
    const client = ec2Client(server.url, await lent(), region);
    return { client, world };
  };

  it("refuses what no policy allows, in EC2's words, with the caller, the action and the resource", async () => {
    const { client } = await clientOf([policy(allow("ec2:Describe*"))]);
    expect((await client.send(new ec2.DescribeVpcsCommand({}))).Vpcs).toHaveLength(2);
    await expect(client.send(new ec2.DeleteSecurityGroupCommand({ GroupId: demoId("sg", 1) }))).rejects.toMatchObject({
      name: "UnauthorizedOperation",
      $metadata: { httpStatusCode: 403 },
      message: expect.stringMatching(/\. Encoded authorization failure message: [\w-]{100,}$/),
    });
    const refused: unknown = await client
      .send(new ec2.DeleteSecurityGroupCommand({ GroupId: demoId("sg", 1) }))
      .catch((error: unknown) => error);
    expect(String(refused).split(". Encoded authorization failure message: ")[0]).toBe(
      `UnauthorizedOperation: You are not authorized to perform this operation. User: arn:aws:sts::${DEMO_ACCOUNT}:assumed-role/jit/grant-1 is not authorized to perform: ec2:DeleteSecurityGroup on resource: ${arn("security-group", demoId("sg", 1))} because no identity-based policy allows the ec2:DeleteSecurityGroup action`,
    );
  });

  it("names no resource for a call that has none, and needs a star for it", async () => {
    const { client } = await clientOf([policy(allow("ec2:DescribeVpcs", arn("vpc", "*")))]);
    await expect(client.send(new ec2.DescribeVpcsCommand({}))).rejects.toMatchObject({
      name: "UnauthorizedOperation",
      message: expect.stringMatching(/ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs/),
    });
  });

  it("says that a deny is explicit", async () => {
    const { client } = await clientOf([policy(allow("*"), { Effect: "Deny", Action: "ec2:Describe*", Resource: "*" })]);
    await expect(client.send(new ec2.DescribeVpcsCommand({}))).rejects.toMatchObject({
      message: expect.stringMatching(/ec2:DescribeVpcs with an explicit deny in an identity-based policy$/),
    });
  });

  it("tells by a dry run whether the call would be allowed, and changes nothing", async () => {
    const dry = { GroupId: demoId("sg", 1), DryRun: true };
    const may = await clientOf([policy(allow("ec2:DeleteSecurityGroup"))]);
    await expect(may.client.send(new ec2.DeleteSecurityGroupCommand(dry))).rejects.toMatchObject({
      name: "DryRunOperation",
    });
    const mayNot = await clientOf([policy(allow("ec2:Describe*"))]);
    await expect(mayNot.client.send(new ec2.DeleteSecurityGroupCommand(dry))).rejects.toMatchObject({
      name: "UnauthorizedOperation",
    });
  });

  const makeGroup = (GroupName: string, tags: Readonly<Record<string, string>> = {}) =>
    new ec2.CreateSecurityGroupCommand({
      GroupName,
      Description: "d",
      VpcId: DEMO_VPCS.made,
      ...(Object.keys(tags).length > 0 && {
        TagSpecifications: [
          {
            ResourceType: "security-group",
            Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
          },
        ],
      }),
    });

  it("asks for a new group on the group and on its VPC", async () => {
    const onGroup = allow("ec2:CreateSecurityGroup", arn("security-group", "*"));
    const one = await clientOf([policy(onGroup)]);
    await expect(one.client.send(makeGroup("g"))).rejects.toMatchObject({
      message: expect.stringContaining(`on resource: ${arn("vpc", DEMO_VPCS.made)} because`),
    });
    const both = await clientOf([policy(onGroup, allow("ec2:CreateSecurityGroup", arn("vpc", "*")))]);
    await expect(both.client.send(makeGroup("g"))).resolves.toHaveProperty("GroupId");
  });

  it("asks for the right to tag what is made with tags, which can be bound to that making and to those tags", async () => {
    const make = allow("ec2:CreateSecurityGroup");
    const tag = allow("ec2:CreateTags", arn("security-group", "*"), {
      StringEquals: { "ec2:CreateAction": "CreateSecurityGroup", "aws:RequestTag/owner": "sallyport" },
    });
    const without = await clientOf([policy(make)]);
    await expect(without.client.send(makeGroup("g", { owner: "sallyport" }))).rejects.toMatchObject({
      message: expect.stringContaining("ec2:CreateTags on resource"),
    });
    const { client } = await clientOf([policy(make, tag)]);
    await expect(client.send(makeGroup("g", { owner: "somebody" }))).rejects.toMatchObject({
      name: "UnauthorizedOperation",
    });
    const { GroupId = "" } = await client.send(makeGroup("g", { owner: "sallyport" }));
    await expect(
      client.send(new ec2.CreateTagsCommand({ Resources: [GroupId], Tags: [{ Key: "owner", Value: "sallyport" }] })),
    ).rejects.toMatchObject({ name: "UnauthorizedOperation" });
  });

  it("asks for a rule that is tagged when it is made on rules as well, and for the right to tag them", async () => {
    const onGroup = allow("ec2:AuthorizeSecurityGroupIngress", arn("security-group", "*"));
    const onRules = allow("ec2:AuthorizeSecurityGroupIngress", arn("security-group-rule", "*"));
    const tag = allow("ec2:CreateTags", arn("security-group-rule", "*"));
    const rule = (port: number, tags: boolean) =>
      new ec2.AuthorizeSecurityGroupIngressCommand({
        GroupId: demoId("sg", 1),
        IpPermissions: [{ IpProtocol: "tcp", FromPort: port, ToPort: port, IpRanges: [{ CidrIp: "198.51.100.7/32" }] }],
        ...(tags && {
          TagSpecifications: [{ ResourceType: "security-group-rule", Tags: [{ Key: "k", Value: "v" }] }],
        }),
      });
    const { client } = await clientOf([policy(onGroup)]);
    await client.send(rule(9001, false));
    await expect(client.send(rule(9002, true))).rejects.toMatchObject({ name: "UnauthorizedOperation" });
    const untagging = await clientOf([policy(onGroup, onRules)]);
    await expect(untagging.client.send(rule(9002, true))).rejects.toMatchObject({
      message: expect.stringContaining("ec2:CreateTags"),
    });
    const all = await clientOf([policy(onGroup, onRules, tag)]);
    await all.client.send(rule(9002, true));
  });

  it("asks for every write on the things that it touches, for no write on everything alone", () => {
    const region = aCloud(demoWorld().aws).cloud.documents().accounts[0]?.regions["eu-west-1"];
    const query = queryFrom({ GroupId: "sg-1", InstanceId: "i-1", "InstanceId.1": "i-1", "ResourceId.1": "sg-1" });
    const asked = (name: string) => ({ name, query, region: loadRegion(DEMO_ACCOUNT, "eu-west-1", region) });
    const onAll = [...actions].flatMap(([name, { kind }]) =>
      kind === "write" && rightsFor(asked(name)).every(({ resource }) => resource === "*") ? name : [],
    );
    expect(onAll).toEqual([]);
  });

  it("keeps accounts apart: a role sees its own alone, whatever it may do", async () => {
    const { aws } = withAwsRole(demoWorld(), { accountId: DEMO_ACCOUNT, roleName: "jit", policies: [] });
    const other = {
      accountId: "111122223333",
      accessKeys: [{ accessKeyId: "AKIAOTHER", secretAccessKey: "s" }],
      regions: { "eu-west-1": {} },
    };
    const server = await serve(aCloud({ accounts: [...aws.accounts, other] }).cloud.wire);
    close.push(server.close);
    const client = ec2Client(server.url, { accessKeyId: "AKIAOTHER", secretAccessKey: "s" });
    expect((await client.send(new ec2.DescribeSecurityGroupsCommand({}))).SecurityGroups).toEqual([]);
    await expect(client.send(new ec2.DeleteSecurityGroupCommand({ GroupId: demoId("sg", 1) }))).rejects.toMatchObject({
      name: "InvalidGroup.NotFound",
    });
    const sts = stsClient(server.url, { accessKeyId: "AKIAOTHER", secretAccessKey: "s" });
    await expect(
      sts.send(new AssumeRoleCommand({ RoleArn: ROLE_ARN, RoleSessionName: "thief" })),
    ).rejects.toMatchObject({ name: "AccessDenied" });
  });

  it("lets the tags of a group decide who may delete it", async () => {
    const { client } = await clientOf([
      policy(
        allow(["ec2:CreateSecurityGroup", "ec2:CreateTags"]),
        allow("ec2:DeleteSecurityGroup", "*", { StringLike: { "ec2:ResourceTag/owner": "sally*" } }),
      ),
    ]);
    const ours = await client.send(makeGroup("ours", { owner: "sallyport" }));
    const theirs = await client.send(makeGroup("theirs"));
    await expect(client.send(new ec2.DeleteSecurityGroupCommand({ GroupId: theirs.GroupId }))).rejects.toMatchObject({
      name: "UnauthorizedOperation",
    });
    await client.send(new ec2.DeleteSecurityGroupCommand({ GroupId: ours.GroupId }));
  });

  it("asks for an interface's groups on the interface and on every group of the new list", async () => {
    const eni = demoId("eni", 16);
    const groups = [demoId("sg", 1), demoId("sg", 4)];
    const modify = (resources: readonly string[]) =>
      clientOf([policy(allow("ec2:ModifyNetworkInterfaceAttribute", resources))]);
    const command = new ec2.ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: eni, Groups: groups });
    const some = await modify([arn("network-interface", eni), arn("security-group", groups[0] ?? "")]);
    await expect(some.client.send(command)).rejects.toMatchObject({
      message: expect.stringContaining(`on resource: ${arn("security-group", groups[1] ?? "")} because`),
    });
    const all = await modify([arn("network-interface", "*"), arn("security-group", "*")]);
    await all.client.send(command);
    expect(all.world.history.writes().at(-1)?.result).toEqual({ status: 200 });
  });

  it("binds a right to a region and to a VPC", async () => {
    const inIreland = policy(
      allow("ec2:DescribeVpcs", "*", { StringEquals: { "aws:RequestedRegion": "eu-west-1" } }),
      allow("ec2:DeleteSecurityGroup", "*", { ArnEquals: { "ec2:Vpc": arn("vpc", "vpc-elsewhere") } }),
    );
    const here = await clientOf([inIreland]);
    await here.client.send(new ec2.DescribeVpcsCommand({}));
    await expect(
      here.client.send(new ec2.DeleteSecurityGroupCommand({ GroupId: demoId("sg", 1) })),
    ).rejects.toMatchObject({ name: "UnauthorizedOperation" });
    const there = await clientOf([inIreland], {}, "us-east-1");
    await expect(there.client.send(new ec2.DescribeVpcsCommand({}))).rejects.toMatchObject({
      name: "UnauthorizedOperation",
    });
  });

  it("narrows a session by the policy that it was opened with, and never widens it", async () => {
    const narrow = JSON.stringify(policy(allow(["ec2:DescribeVpcs", "ec2:DeleteSecurityGroup"])));
    const { client } = await clientOf([policy(allow("ec2:Describe*"))], { session: { Policy: narrow } });
    await client.send(new ec2.DescribeVpcsCommand({}));
    await expect(client.send(new ec2.DescribeSubnetsCommand({}))).rejects.toMatchObject({
      message: expect.stringMatching(/because no session policy allows the ec2:DescribeSubnets action$/),
    });
    await expect(client.send(new ec2.DeleteSecurityGroupCommand({ GroupId: demoId("sg", 1) }))).rejects.toMatchObject({
      message: expect.stringContaining("no identity-based policy"),
    });
  });

  it("remembers of every write which session sent it and for whom, also of a refused one", async () => {
    const { lent, server, world } = await asRole([policy(allow("ec2:Describe*"))]);
    const client = ec2Client(server.url, await lent({ SourceIdentity: "request-77" }));
    const gone = new ec2.DeleteSecurityGroupCommand({ GroupId: demoId("sg", 1) });
    await expect(client.send(gone)).rejects.toMatchObject({ name: "UnauthorizedOperation" });
    expect(world.history.writes()).toMatchObject([
      {
        verb: "DeleteSecurityGroup",
        object: demoId("sg", 1),
        caller: { arn: `arn:aws:sts::${DEMO_ACCOUNT}:assumed-role/jit/grant-1`, sourceIdentity: "request-77" },
        result: { status: 403, code: "UnauthorizedOperation" },
      },
    ]);
  });

  it.each([
    [
      { RoleSessionName: "x" },
      "Value 'x' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2",
    ],
    [
      { RoleSessionName: "a b" },
      "Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    ],
    [
      { DurationSeconds: 899 },
      "Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    ],
    [
      { RoleArn: "jit" },
      "Value 'jit' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20",
    ],
  ])("refuses the form of %j as STS does", async (more, message) => {
    const { assume } = await asRole([]);
    await expect(assume(more)).rejects.toMatchObject({
      name: "ValidationError",
      message: `1 validation error detected: ${message}`,
    });
  });

  it("lends a role only for its external id, its own longest time, and what its trust names", async () => {
    const { assume } = await asRole([], { role: { maxSessionSeconds: 3600 } });
    await expect(assume({ ExternalId: "t-2" })).rejects.toMatchObject({
      name: "AccessDenied",
      $metadata: { httpStatusCode: 403 },
      message: expect.stringMatching(
        /^User: .* is not authorized to perform: sts:AssumeRole on resource: .*role\/jit$/,
      ),
    });
    await expect(assume({ DurationSeconds: 7200 })).rejects.toMatchObject({ name: "ValidationError" });
    await expect(assume({ Policy: "{" })).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
    await expect(assume({ RoleArn: `${ROLE_ARN}-2` })).rejects.toMatchObject({ name: "AccessDenied" });
    await expect(assume({ SourceIdentity: "request-77" })).resolves.toMatchObject({ SourceIdentity: "request-77" });
  });

  it("keeps the source identity through a chain of roles, and hands transitive tags on", async () => {
    const { lent, server, world } = await asRole(
      [
        policy(
          allow(["sts:*"], ROLE_ARN),
          allow("ec2:DeleteTags", "*", { StringEquals: { "aws:PrincipalTag/team": "blue" } }),
        ),
      ],
      { session: { Tags: [{ Key: "team", Value: "blue" }], TransitiveTagKeys: ["team"] } },
    );
    const first = await lent({ SourceIdentity: "request-77" });
    const sts = stsClient(server.url, first);
    const chained = { RoleArn: ROLE_ARN, RoleSessionName: "second", ExternalId: "t-1" };
    await expect(
      sts.send(new AssumeRoleCommand({ ...chained, SourceIdentity: "somebody-else" })),
    ).rejects.toMatchObject({ name: "AccessDenied" });
    const { Credentials: given } = await sts.send(new AssumeRoleCommand(chained));
    const second = {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken ?? "",
    };
    expect((await stsClient(server.url, second).send(new GetCallerIdentityCommand({}))).Arn).toBe(
      `arn:aws:sts::${DEMO_ACCOUNT}:assumed-role/jit/second`,
    );
    await ec2Client(server.url, second).send(new ec2.DeleteTagsCommand({ Resources: [demoId("sg", 1)] }));
    expect(world.history.writes().at(-1)?.caller).toMatchObject({ sourceIdentity: "request-77" });
  });

  it("asks a user, too, and lets him assume a role only when role and user agree", async () => {
    const user = (UserName: string, ...statements: readonly object[]) => ({
      UserName,
      UserId: `AIDA${UserName.toUpperCase()}`,
      Arn: `arn:aws:iam::${DEMO_ACCOUNT}:user/${UserName}`,
      UserPolicyList: [{ PolicyName: "p", PolicyDocument: policy(...statements) }],
    });
    const { aws } = withAwsRole(demoWorld(), { accountId: DEMO_ACCOUNT, roleName: "jit", policies: [] });
    const [account] = aws.accounts;
    if (account === undefined) throw new Error("the demonstration has no account");
    const key = (userName: string) => ({ accessKeyId: `AKIA${userName}`, secretAccessKey: "s", userName });
    const documents = {
      accounts: [
        {
          ...account,
          accessKeys: [key("may"), key("maynot")],
          GetAccountAuthorizationDetails: {
            ...Object(account["GetAccountAuthorizationDetails"]),
            UserDetailList: [user("may", allow("sts:AssumeRole", ROLE_ARN)), user("maynot", allow("ec2:DescribeVpcs"))],
          },
        },
      ],
    };
    const server = await serve(aCloud(documents).cloud.wire);
    close.push(server.close);
    const assume = (userName: string) =>
      stsClient(server.url, key(userName)).send(new AssumeRoleCommand({ RoleArn: ROLE_ARN, RoleSessionName: "one" }));
    await expect(assume("may")).resolves.toHaveProperty("Credentials");
    await expect(assume("maynot")).rejects.toMatchObject({
      message: expect.stringContaining("because no identity-based policy allows the sts:AssumeRole action"),
    });
    await ec2Client(server.url, key("maynot")).send(new ec2.DescribeVpcsCommand({}));
    await expect(ec2Client(server.url, key("may")).send(new ec2.DescribeVpcsCommand({}))).rejects.toMatchObject({
      name: "UnauthorizedOperation",
    });
  });

  it("refuses to load a policy that it could not enforce", () => {
    const { aws } = demoWorld();
    const accounts = aws.accounts.map((account) => ({
      ...account,
      GetAccountAuthorizationDetails: {
        RoleDetailList: [
          {
            RoleName: "r",
            RoleId: "AROA",
            Arn: `arn:aws:iam::${DEMO_ACCOUNT}:role/r`,
            AssumeRolePolicyDocument: policy(),
            AttachedManagedPolicies: [{ PolicyName: "ReadOnly", PolicyArn: "arn:aws:iam::aws:policy/ReadOnly" }],
          },
        ],
      },
    }));
    expect(() => aCloud({ accounts })).toThrow(/does not hold the policy arn:aws:iam::aws:policy\/ReadOnly/);
  });
});
