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

  it("does not find what was made a moment ago, by script, and only that", async () => {
    const { GroupId = "" } = await client.send(created());
    world.script({ match: { cloud: "aws" }, times: 2, effect: { kind: "not-yet-visible" } });
    const read = (id: string) => client.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [id] }));
    const missing = { name: "InvalidGroup.NotFound", message: `The security group '${GroupId}' does not exist` };
    await expect(read(bastion)).resolves.toHaveProperty("SecurityGroups");
    const filtered = new ec2.DescribeSecurityGroupsCommand({ Filters: [{ Name: "group-id", Values: [GroupId] }] });
    await expect(client.send(filtered)).resolves.toHaveProperty("SecurityGroups");
    await expect(read(GroupId)).rejects.toMatchObject(missing);
    await expect(
      client.send(new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [rule] })),
    ).rejects.toMatchObject(missing);
    await expect(read(GroupId)).resolves.toHaveProperty("SecurityGroups");
    world.script({ match: { cloud: "aws" }, effect: { kind: "not-yet-visible", forMs: 0.001 } });
    await expect(read(GroupId)).resolves.toHaveProperty("SecurityGroups");
  });

  it("loses the reply of every kind of write and yet has carried it out", async () => {
    const { GroupId = "" } = await client.send(created());
    const eni = demoId("eni", 16);
    const one = { GroupId, IpPermissions: [rule] };
    const tags = { Resources: [GroupId], Tags: [{ Key: "k", Value: "v" }] };
    const lostly = async (send: () => Promise<unknown>) => {
      world.script({ match: { cloud: "aws" }, effect: { kind: "lose-reply" } });
      await expect(send()).rejects.toThrow(/socket hang up/);
      return world.history.writes().at(-1);
    };
    const writes = [
      await lostly(() => client.send(new ec2.CreateSecurityGroupCommand({ GroupName: "h", Description: "d" }))),
      await lostly(() => client.send(new ec2.AuthorizeSecurityGroupIngressCommand(one))),
      await lostly(() => client.send(new ec2.CreateTagsCommand(tags))),
      await lostly(() =>
        client.send(
          new ec2.ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: eni, Groups: [bastion, GroupId] }),
        ),
      ),
      await lostly(() =>
        client.send(new ec2.ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: eni, Groups: [bastion] })),
      ),
      await lostly(() => client.send(new ec2.DeleteTagsCommand(tags))),
      await lostly(() => client.send(new ec2.RevokeSecurityGroupIngressCommand(one))),
      await lostly(() => client.send(new ec2.DeleteSecurityGroupCommand({ GroupId }))),
    ];
    expect(writes.map((write) => write?.result)).toEqual(writes.map(() => ({ status: 200 })));
    expect(new Set(writes.map((write) => write?.seq)).size).toBe(writes.length);
    await expect(client.send(new ec2.DeleteSecurityGroupCommand({ GroupId }))).rejects.toMatchObject({
      name: "InvalidGroup.NotFound",
    });
  });

  it("draws trouble from a seed: the same calls meet the same faults again, about as often as asked for", async () => {
    const run = async (seed: number) => {
      const seeded = aCloud(demoAws(), {}, undefined, seed);
      const its = await serve(seeded.cloud.wire);
      const caller = ec2Client(its.url, keys);
      seeded.script({
        match: { method: "DescribeVpcs" },
        times: 1000,
        chance: 0.3,
        effect: { kind: "status", status: 503 },
      });
      const met: number[] = [];
      for (let n = 0; n < 100; n += 1)
        await caller.send(new ec2.DescribeVpcsCommand({})).catch(() => {
          met.push(n);
        });
      caller.destroy();
      await its.close();
      return met;
    };
    const [first, again, other] = [await run(7), await run(7), await run(8)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(first.length).toBeGreaterThan(15);
    expect(first.length).toBeLessThan(45);
  });
});
