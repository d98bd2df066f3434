import * as ec2 from "@aws-sdk/client-ec2";
import {
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
} from "@aws-sdk/client-sts";
import { DEMO_ACCOUNT, demoAws } from "../world/aws/demo.ts";
import { demoId } from "../world/aws/demo-networks.ts";
import { aCloud, ec2Client, serve, stsClient } from "./client.conformance.ts";

const policy = (...Statement: readonly object[]) => ({ Version: "2012-10-17", Statement });
const allow = (Action: string | readonly string[], Condition?: object) => ({
  Effect: "Allow",
  Action,
  Resource: "*",
  ...(Condition && { Condition }),
});
const deny = (Action: string, Condition?: object) => ({ ...allow(Action, Condition), Effect: "Deny" });
const inline = (document: object) => [{ PolicyName: "inline", PolicyDocument: document }];
const refused = (ending: RegExp) => ({ name: "UnauthorizedOperation", message: expect.stringMatching(ending) });

interface Layers {
  readonly user?: readonly object[];
  readonly groups?: readonly object[];
  readonly managed?: readonly object[];
  readonly organisation?: readonly (readonly object[])[];
}

const ana = {
  UserName: "ana",
  UserId: "AIDAANA0000000000001",
  Arn: `arn:aws:iam::${DEMO_ACCOUNT}:user/ana`,
};
const KEY = { accessKeyId: "AKIAANA0000000000001", secretAccessKey: "a secret for tests" };

/** The demonstration with a user, her groups, and what the organisation lets her account do. */
function aWorld({ user = [], groups = [], managed = [], organisation }: Layers) {
  const [account] = demoAws().accounts;
  if (account === undefined) throw new Error("the demonstration has an AWS account");
  const GetAccountAuthorizationDetails = {
    UserDetailList: [{ ...ana, UserPolicyList: user, GroupList: groups.map((_group, n) => `group-${n}`) }],
    GroupDetailList: groups.map((group, n) => ({ GroupName: `group-${n}`, ...group })),
    Policies: managed,
  };
  return aCloud({
    accounts: [
      {
        ...account,
        accessKeys: [{ ...KEY, userName: "ana" }],
        GetAccountAuthorizationDetails,
        ...(organisation && { serviceControlPolicies: organisation }),
      },
    ],
  });
}

describe("what a user may do at the simulated EC2", () => {
  let close: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const one of close) await one();
    close = [];
  });
  async function clientsOf(layers: Layers) {
    const server = await serve(aWorld(layers).cloud.wire);
    close.push(server.close);
    return { client: ec2Client(server.url, KEY), sts: stsClient(server.url, KEY) };
  }
  const look = new ec2.DescribeVpcsCommand({});
  const remove = new ec2.DeleteSecurityGroupCommand({ GroupId: demoId("sg", 9) });

  it("is what she and her groups may, and what none of them is denied", async () => {
    const arn = `arn:aws:iam::${DEMO_ACCOUNT}:policy/readers`;
    const readers = {
      Arn: arn,
      PolicyVersionList: [{ Document: policy(allow("ec2:Describe*")), IsDefaultVersion: true }],
    };
    const { client } = await clientsOf({
      groups: [
        { AttachedManagedPolicies: [{ PolicyArn: arn }] },
        { GroupPolicyList: inline(policy(allow("ec2:Create*"))) },
      ],
      managed: [readers],
    });
    await client.send(look);
    await expect(client.send(remove)).rejects.toMatchObject(refused(/because no identity-based policy allows/));
    const denied = await clientsOf({
      user: inline(policy(allow("*"))),
      groups: [{ GroupPolicyList: inline(policy(deny("ec2:DescribeVpcs"))) }],
    });
    await expect(denied.client.send(look)).rejects.toMatchObject(
      refused(/with an explicit deny in an identity-based policy$/),
    );
  });

  it("cannot be known in a world that lacks one of her groups, which is therefore none", () => {
    const details = { UserDetailList: [{ ...ana, GroupList: ["gone"] }] };
    const [account] = demoAws().accounts;
    expect(() => aCloud({ accounts: [{ ...accountOf(account), GetAccountAuthorizationDetails: details }] })).toThrow(
      /does not hold the group gone/,
    );
  });

  it("ends where her account's organisation says so, on every one of its levels, though not at saying who she is", async () => {
    const everything = [policy(allow("*"))];
    const user = inline(policy(allow("*")));
    const silent = await clientsOf({ user, organisation: [everything, [policy(allow("ec2:Describe*"))]] });
    await silent.client.send(look);
    await expect(silent.client.send(remove)).rejects.toMatchObject(refused(/because no service control policy allows/));
    const away = { StringNotEquals: { "aws:RequestedRegion": ["eu-central-1"] } };
    const regional = await clientsOf({ user, organisation: [[...everything, policy(deny("ec2:*", away))]] });
    await expect(regional.client.send(look)).rejects.toMatchObject(
      refused(/with an explicit deny in a service control policy$/),
    );
    expect((await regional.sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(ana.Arn);
  });

  it("ends for keys, too, that may do everything", async () => {
    const [account] = demoAws().accounts;
    const key = account?.accessKeys[0] ?? KEY;
    const world = aCloud({
      accounts: [{ ...accountOf(account), serviceControlPolicies: [[policy(allow("ec2:Describe*"))]] }],
    });
    const server = await serve(world.cloud.wire);
    close.push(server.close);
    const client = ec2Client(server.url, key);
    await client.send(look);
    await expect(client.send(remove)).rejects.toMatchObject(refused(/because no service control policy allows/));
  });

  it.each([
    ["127.0.0.0/8", true],
    ["127.0.0.1", true],
    ["10.0.0.0/8", false],
    ["2001:db8::/32", false],
  ])("can hang on where she calls from: within %s: %s", async (range, expected) => {
    const { client } = await clientsOf({
      user: inline(policy(allow("ec2:*", { IpAddress: { "aws:SourceIp": range } }))),
    });
    const elsewhere = await clientsOf({
      user: inline(policy(allow("ec2:*", { NotIpAddress: { "aws:SourceIp": range } }))),
    });
    const isAllowed = async (one: ec2.EC2Client) =>
      one.send(look).then(
        () => true,
        () => false,
      );
    expect([await isAllowed(client), await isAllowed(elsewhere.client)]).toEqual([expected, !expected]);
  });

  it("can hang on which attribute she sets, and to what", async () => {
    const NetworkInterfaceId = demoId("eni", 16);
    const { client } = await clientsOf({
      user: inline(
        policy(
          allow("ec2:ModifyNetworkInterfaceAttribute", { StringEqualsIfExists: { "ec2:Attribute": "Description" } }),
        ),
      ),
    });
    const set = (more: Partial<ec2.ModifyNetworkInterfaceAttributeRequest>) =>
      client.send(new ec2.ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, ...more }));
    await set({ Description: { Value: "mine" } });
    await expect(set({ SourceDestCheck: { Value: false } })).rejects.toMatchObject({ name: "UnauthorizedOperation" });
    await expect(set({ Groups: [demoId("sg", 1)] })).rejects.toMatchObject({ name: "UnauthorizedOperation" });
    const checked = await clientsOf({
      user: inline(
        policy(allow("ec2:*"), deny("ec2:*", { StringEquals: { "ec2:Attribute/SourceDestCheck": "false" } })),
      ),
    });
    const check = (Value: boolean) =>
      checked.client.send(
        new ec2.ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, SourceDestCheck: { Value } }),
      );
    await check(true);
    await expect(check(false)).rejects.toMatchObject({ name: "UnauthorizedOperation" });
  });

  it("is explained by the message that comes with a refusal, to whoever may decode it", async () => {
    const mayDecode = allow("sts:DecodeAuthorizationMessage");
    const { client, sts } = await clientsOf({ user: inline(policy(allow("ec2:*"), deny("ec2:Delete*"), mayDecode)) });
    const message = String(await client.send(remove).catch((error: unknown) => error));
    const EncodedMessage = /Encoded authorization failure message: (\S+)$/.exec(message)?.[1] ?? "";
    const decode = (encoded: string, by = sts) =>
      by.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: encoded }));
    expect(JSON.parse((await decode(EncodedMessage)).DecodedMessage ?? "")).toMatchObject({
      allowed: false,
      explicitDeny: true,
      context: {
        principal: { id: ana.UserId, arn: ana.Arn },
        action: "ec2:DeleteSecurityGroup",
        resource: `arn:aws:ec2:eu-west-1:${DEMO_ACCOUNT}:security-group/${demoId("sg", 9)}`,
        conditions: {
          items: expect.arrayContaining([{ key: "aws:sourceip", values: { items: [{ value: "127.0.0.1" }] } }]),
        },
      },
    });
    const changed = `${EncodedMessage.startsWith("A") ? "B" : "A"}${EncodedMessage.slice(1)}`;
    await expect(decode(changed)).rejects.toMatchObject({ name: "InvalidAuthorizationMessageException" });
    await expect(decode("short")).rejects.toMatchObject({ name: "InvalidAuthorizationMessageException" });
    const without = await clientsOf({ user: inline(policy(allow("ec2:*"))) });
    await expect(decode(EncodedMessage, without.sts)).rejects.toMatchObject({ name: "AccessDenied" });
  });

  it("is told of nothing where she looks: a refused Describe comes without such a message", async () => {
    const { client } = await clientsOf({ user: inline(policy(allow("ec2:Delete*"))) });
    await expect(client.send(look)).rejects.toMatchObject(refused(/allows the ec2:DescribeVpcs action$/));
  });

  it("is not asked of whose key it is", async () => {
    const { sts } = await clientsOf({});
    const info = await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: KEY.accessKeyId }));
    expect(info.Account).toBe(DEMO_ACCOUNT);
  });
});

function accountOf(account: ReturnType<typeof demoAws>["accounts"][number] | undefined) {
  if (account === undefined) throw new Error("the demonstration has an AWS account");
  return account;
}
