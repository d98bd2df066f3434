import * as ec2 from "@aws-sdk/client-ec2";
import { DEMO_VPCS, demoAws } from "../world/aws/demo.ts";
import { demoId } from "../world/aws/demo-networks.ts";
import { aCloud, ec2Client, serve } from "./client.conformance.ts";

const keys = demoAws().accounts[0]?.accessKeys[0] ?? { accessKeyId: "", secretAccessKey: "" };

describe("trouble, by script", () => {
  let world: ReturnType<typeof aCloud>;
  let server: Awaited<ReturnType<typeof serve>>;
  let client: ec2.EC2Client;
  beforeEach(async () => {
    world = aCloud(demoAws());
    server = await serve(world.cloud.wire);
    client = ec2Client(server.url, keys);
  });
  afterEach(async () => {
    client.destroy();
    await server.close();
  });

  const bastion = demoId("sg", 1);
  const rule: ec2.IpPermission = {
    IpProtocol: "tcp",
    FromPort: 9,
    ToPort: 9,
    IpRanges: [{ CidrIp: "203.0.113.9/32" }],
  };
  const authorize = () =>
    client.send(new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId: bastion, IpPermissions: [rule] }));
  const created = () => new ec2.CreateSecurityGroupCommand({ GroupName: "g", Description: "d", VpcId: DEMO_VPCS.made });
  const rulesOf = async () => {
    const { SecurityGroups } = await client.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [bastion] }));
    return SecurityGroups?.[0]?.IpPermissions?.length;
  };

  it("throttles with 503 RequestLimitExceeded, which the SDK's own retry overcomes", async () => {
    world.script({
      match: { cloud: "aws", method: "DescribeVpcs" },
      times: 2,
      effect: { kind: "status", status: 503 },
    });
    await expect(client.send(new ec2.DescribeVpcsCommand({}))).rejects.toMatchObject({
      name: "RequestLimitExceeded",
      $metadata: { httpStatusCode: 503 },
    });
    const patient = ec2Client(server.url, keys, "eu-west-1", 3);
    expect((await patient.send(new ec2.DescribeVpcsCommand({}))).Vpcs).toHaveLength(2);
    patient.destroy();
  });

  it("forbids an action with 403 UnauthorizedOperation", async () => {
    world.script({
      match: { method: "CreateSecurityGroup" },
      effect: { kind: "status", status: 403, code: "UnauthorizedOperation" },
    });
    await expect(client.send(created())).rejects.toMatchObject({
      name: "UnauthorizedOperation",
      $metadata: { httpStatusCode: 403 },
    });
  });

  it("carries a write out and loses its reply, so that a retry meets a duplicate", async () => {
    world.script({ match: { resource: bastion }, effect: { kind: "lose-reply" } });
    await expect(authorize()).rejects.toMatchObject({ message: expect.stringMatching(/socket hang up/) });
    expect(await rulesOf()).toBe(2);
    await expect(authorize()).rejects.toMatchObject({ name: "InvalidPermission.Duplicate" });
  });

  it("finds an interface's writes by the instance that has it", async () => {
    world.script({ match: { resource: demoId("i", 1) }, effect: { kind: "lose-reply", as: "504" } });
    const groups = new ec2.ModifyNetworkInterfaceAttributeCommand({
      NetworkInterfaceId: demoId("eni", 16),
      Groups: [demoId("sg", 4)],
    });
    await expect(client.send(groups)).rejects.toMatchObject({ $metadata: { httpStatusCode: 504 } });
    expect(world.reach("ec2-bastion", 22, "203.0.113.9")).toBe("denied");
  });

  it("hides a fresh group as eventual consistency does, then shows it", async () => {
    const { GroupId = "" } = await client.send(created());
    world.script({
      match: { method: "AuthorizeSecurityGroupIngress", resource: GroupId },
      effect: { kind: "status", status: 400, code: "InvalidGroup.NotFound" },
    });
    world.script({ match: { method: "DescribeSecurityGroups", resource: GroupId }, effect: { kind: "stale-read" } });
    const add = () => client.send(new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [rule] }));
    const read = () => client.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
    const missing = { name: "InvalidGroup.NotFound", message: `The security group '${GroupId}' does not exist` };
    await expect(read()).rejects.toMatchObject(missing);
    await expect(add()).rejects.toMatchObject(missing);
    await add();
    await expect(read()).resolves.toMatchObject({ SecurityGroups: [{ GroupId }] });
  });

  it("answers a stale read with the state before the last write of the object, and no longer than told", async () => {
    await authorize();
    const stale = { match: { resource: bastion }, effect: { kind: "stale-read" as const } };
    world.script(stale);
    expect(await rulesOf()).toBe(1);
    expect(await rulesOf()).toBe(2);
    world.script({ ...stale, effect: { kind: "stale-read", forMs: 0.001 } });
    expect(await rulesOf()).toBe(2);
  });

  it("lets a neighbour replace the groups of an interface just before our write does", async () => {
    const eni = demoId("eni", 16);
    world.outsiders.plan(
      {
        cloud: "aws",
        region: "eu-west-1",
        action: "ModifyNetworkInterfaceAttribute",
        params: { NetworkInterfaceId: eni, "SecurityGroupId.1": demoId("sg", 3) },
      },
      eni,
    );
    await client.send(
      new ec2.ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: eni, Groups: [demoId("sg", 4)] }),
    );
    expect(world.history.writes().map(({ caller, object, verb }) => [caller.id, object, verb])).toEqual([
      ["outsider", eni, "ModifyNetworkInterfaceAttribute"],
      [keys.accessKeyId, eni, "ModifyNetworkInterfaceAttribute"],
    ]);
  });

  it("remembers refused writes with their code", async () => {
    await expect(client.send(new ec2.DeleteSecurityGroupCommand({ GroupId: bastion }))).rejects.toMatchObject({
      name: "DependencyViolation",
    });
    expect(world.history.writes()).toMatchObject([
      { object: bastion, verb: "DeleteSecurityGroup", result: { status: 400, code: "DependencyViolation" } },
    ]);
  });
});
