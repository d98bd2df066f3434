import * as ec2 from "@aws-sdk/client-ec2";
import { aCloud, ec2Client, serve } from "../../ec2/client.conformance.ts";
import { DEMO_PREFIX_LIST, DEMO_VPCS, demoAws } from "./demo.ts";
import { demoId } from "./demo-networks.ts";

const OUTSIDE = "203.0.113.77";

describe("what reaches an instance of the demonstration", () => {
  const { reach, why, cloud } = aCloud(demoAws());

  it.each([
    ["a rule from everywhere admits", "ec2-bastion", 22, OUTSIDE, "allowed"],
    ["the union of both groups counts", "ec2-bastion", 3389, OUTSIDE, "allowed"],
    ["a narrower range admits only its own", "ec2-bastion", 3389, "198.18.0.1", "denied"],
    ["a port that no rule names is closed", "ec2-web-01", 22, OUTSIDE, "denied"],
    ["without public address nothing comes from the Internet", "ec2-db-01", 5432, OUTSIDE, "denied"],
    ["a referenced group stands for its members' private addresses", "ec2-db-01", 5432, "10.20.1.14", "allowed"],
    ["and for nobody else in the VPC", "ec2-db-01", 5432, "10.20.1.12", "denied"],
    ["nor for its members' public addresses", "ec2-router", 22, "198.51.100.11", "denied"],
    ["a second interface is reached by its own groups", "ec2-router", 22, "10.20.1.11", "allowed"],
    ["a stopped instance answers nobody", "ec2-retired", 22, "10.20.1.11", "denied"],
    ["protocol -1 admits every port", "ec2-legacy", 5985, OUTSIDE, "allowed"],
    ["a range of ports admits its middle", "ec2-reports", 22, OUTSIDE, "allowed"],
    ["and not what is behind its end", "ec2-reports", 26, OUTSIDE, "denied"],
    ["a prefix list admits what is in it", "ec2-partner", 22, "192.0.2.200", "allowed"],
    ["and nothing else", "ec2-partner", 22, "192.0.2.100", "denied"],
    ["IPv6 from everywhere admits IPv6", "ec2-v6", 22, "2001:4860:4860::8888", "allowed"],
    ["but no IPv4", "ec2-v6", 22, OUTSIDE, "denied"],
    ["IPv6 does not reach what has no IPv6 address", "ec2-bastion", 22, "2001:4860:4860::8888", "denied"],
    ["a private address outside the VPC has no way in", "ec2-legacy", 22, "10.20.1.11", "denied"],
    ["loopback sends nothing", "ec2-legacy", 22, "127.0.0.1", "denied"],
    ["an address that is none cannot be judged", "ec2-legacy", 22, "nonsense", "unknown"],
  ])("%s: %s port %i from %s is %s", (_why, vm, port, source, verdict) => {
    expect(reach(vm, port, source)).toBe(verdict);
  });

  it("says what decided", () => {
    expect(why("ec2-bastion", 22, OUTSIDE)).toEqual([
      `public address 198.51.100.11 leads to ${demoId("eni", 16)}`,
      "tcp 22 from 0.0.0.0/0",
      "the flow is untracked (rule from everywhere, all answers may leave) and ends with its rule",
    ]);
    expect(why("ec2-db-02", 22, OUTSIDE)).toEqual(["the instance has no public IPv4 address"]);
    expect(why("ec2-retired", 22, OUTSIDE)).toEqual(["the instance is stopped"]);
  });

  it("knows a VM by ARN, id and unique name, in any case, and no other", () => {
    const arn = `arn:aws:ec2:eu-west-1:210987654321:instance/${demoId("i", 1)}`;
    const { resolve } = cloud.reachability;
    expect([arn.toUpperCase(), demoId("i", 1), "EC2-Bastion"].map(resolve)).toEqual([arn, arn, arn]);
    expect(resolve("ec2-nobody")).toBeUndefined();
  });

  it("does not know what a prefix list holds whose content the world lacks", () => {
    const documents = demoAws();
    const lists = { PrefixLists: [{ PrefixListId: DEMO_PREFIX_LIST }] };
    Object.assign(documents.accounts[0]?.regions["eu-west-1"] ?? {}, { DescribeManagedPrefixLists: lists });
    expect(aCloud(documents).reach("ec2-partner", 22, "192.0.2.200")).toBe("unknown");
  });

  it("cannot judge by a group that the world lacks, unless another one admits", () => {
    const documents = demoAws();
    Object.assign(documents.accounts[0]?.regions["eu-west-1"] ?? {}, {
      DescribeSecurityGroups: { SecurityGroups: [] },
    });
    expect(aCloud(documents).reach("ec2-bastion", 22, OUTSIDE)).toBe("unknown");
  });
});

describe("an established connection", () => {
  const keys = demoAws().accounts[0]?.accessKeys[0] ?? { accessKeyId: "", secretAccessKey: "" };
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

  const ssh = (...cidrs: readonly string[]): ec2.IpPermission[] => [
    { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: cidrs.map((CidrIp) => ({ CidrIp })) },
  ];
  const authorize = (GroupId: string, IpPermissions: ec2.IpPermission[]) =>
    client.send(new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  const revoke = (GroupId: string, IpPermissions: ec2.IpPermission[]) =>
    client.send(new ec2.RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  const put = (NetworkInterfaceId: string, Groups: string[]) =>
    client.send(new ec2.ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups }));

  it("is cut at once when the rule from everywhere that admitted it is revoked", async () => {
    const state = world.connect("ec2-web-02", 22, OUTSIDE);
    await revoke(demoId("sg", 5), ssh("0.0.0.0/0"));
    expect([state(), world.reach("ec2-web-02", 22, OUTSIDE)]).toEqual(["cut", "denied"]);
  });

  it("is cut at once when the group with that rule is detached", async () => {
    const state = world.connect("ec2-build-01", 22, OUTSIDE);
    await put(demoId("eni", 32), [demoId("sg", 4)]);
    expect(state()).toBe("cut");
  });

  it("outlives a narrower rule, revoked or detached", async () => {
    const web = demoId("sg", 4);
    await authorize(web, ssh(`${OUTSIDE}/32`));
    const state = world.connect("ec2-web-01", 22, OUTSIDE);
    await revoke(web, ssh(`${OUTSIDE}/32`));
    expect([state(), world.reach("ec2-web-01", 22, OUTSIDE)]).toEqual(["established", "denied"]);
    const viaGroup = world.connect("ec2-bastion", 3389, OUTSIDE);
    await put(demoId("eni", 16), [demoId("sg", 1)]);
    expect(viaGroup()).toBe("established");
  });

  it("outlives halves of the address space, which admit everyone and yet are tracked", async () => {
    const web = demoId("sg", 4);
    await authorize(web, ssh("0.0.0.0/1", "128.0.0.0/1"));
    const state = world.connect("ec2-web-01", 22, OUTSIDE);
    await revoke(web, ssh("0.0.0.0/1", "128.0.0.0/1"));
    expect(state()).toBe("established");
  });

  it("is tracked although its rule is from everywhere, where not all answers may leave", async () => {
    const GroupId = demoId("sg", 10);
    const anyOut: ec2.IpPermission[] = [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];
    await client.send(new ec2.RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: anyOut }));
    const state = world.connect("ec2-legacy", 22, OUTSIDE);
    await revoke(GroupId, anyOut);
    expect([state(), world.reach("ec2-legacy", 22, OUTSIDE)]).toEqual(["established", "denied"]);
  });

  it("is tracked where only answers of another protocol may leave", async () => {
    const GroupId = demoId("sg", 12);
    const out = (IpProtocol: string): ec2.IpPermission => ({
      IpProtocol,
      ...(IpProtocol !== "-1" && { FromPort: 0, ToPort: 65_535 }),
      IpRanges: [{ CidrIp: "0.0.0.0/0" }],
    });
    const change = { GroupId, IpPermissions: [out("udp")] };
    await client.send(new ec2.AuthorizeSecurityGroupEgressCommand(change));
    await client.send(new ec2.RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [out("-1")] }));
    const range: ec2.IpPermission[] = [{ ...out("tcp"), FromPort: 20, ToPort: 25 }];
    const tracked = world.connect("ec2-reports", 22, OUTSIDE);
    await revoke(GroupId, range);
    await authorize(GroupId, range);
    expect(tracked()).toBe("established");
    await client.send(new ec2.AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: [out("tcp")] }));
    const untracked = world.connect("ec2-reports", 22, OUTSIDE);
    await revoke(GroupId, range);
    expect(untracked()).toBe("cut");
  });

  it("becomes untracked under a rule from everywhere that comes later, and tracked again when that goes", async () => {
    const web = demoId("sg", 4);
    const narrow = ssh(`${OUTSIDE}/32`);
    await authorize(web, narrow);
    const [first, second] = [world.connect("ec2-web-01", 22, OUTSIDE), world.connect("ec2-web-01", 22, OUTSIDE)];
    await authorize(web, ssh("0.0.0.0/0"));
    const late = world.connect("ec2-web-01", 22, OUTSIDE);
    await revoke(web, ssh("0.0.0.0/0"));
    expect([first(), late()]).toEqual(["established", "established"]);
    await revoke(web, narrow);
    expect([first(), second(), late()]).toEqual(["established", "established", "established"]);
    await authorize(web, narrow);
    const tracked = world.connect("ec2-web-01", 22, OUTSIDE);
    await authorize(web, ssh("0.0.0.0/0"));
    await revoke(web, narrow);
    await revoke(web, ssh("0.0.0.0/0"));
    expect(tracked()).toBe("cut");
  });

  it("becomes tracked when egress is narrowed while it is under way", async () => {
    const GroupId = demoId("sg", 12);
    const out = (FromPort: number): ec2.IpPermission => ({
      IpProtocol: "tcp",
      FromPort,
      ToPort: 65_535,
      IpRanges: [{ CidrIp: "0.0.0.0/0" }],
    });
    const range: ec2.IpPermission[] = [
      { IpProtocol: "tcp", FromPort: 20, ToPort: 25, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
    ];
    await authorize(GroupId, range);
    const state = world.connect("ec2-reports", 22, OUTSIDE);
    await client.send(new ec2.RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [out(0)] }));
    await client.send(new ec2.AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: [out(1024)] }));
    await revoke(GroupId, range);
    expect(state()).toBe("established");
  });

  it("ends with a detached group where the world says so, and still outlives a revoked rule", async () => {
    const cutting = aCloud({ ...demoAws(), connectionTracking: { whenGroupIsDetached: "cut" } });
    const its = await serve(cutting.cloud.wire);
    const caller = ec2Client(its.url, keys);
    const narrow = ssh(`${OUTSIDE}/32`);
    const web = demoId("sg", 4);
    await caller.send(new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId: web, IpPermissions: narrow }));
    const [revoked, detached] = [
      cutting.connect("ec2-web-01", 22, OUTSIDE),
      cutting.connect("ec2-bastion", 3389, OUTSIDE),
    ];
    await caller.send(new ec2.RevokeSecurityGroupIngressCommand({ GroupId: web, IpPermissions: narrow }));
    await caller.send(
      new ec2.ModifyNetworkInterfaceAttributeCommand({
        NetworkInterfaceId: demoId("eni", 16),
        Groups: [demoId("sg", 1)],
      }),
    );
    caller.destroy();
    await its.close();
    expect([revoked(), detached()]).toEqual(["established", "cut"]);
  });

  it("is cut when the instance stops", async () => {
    const state = world.connect("ec2-partner", 22, "192.0.2.200");
    await client.send(new ec2.StopInstancesCommand({ InstanceIds: [demoId("i", 14)] }));
    expect(state()).toBe("cut");
  });

  it("opens and closes in the history, by the writes that did it", async () => {
    const vm = world.cloud.reachability.resolve("ec2-web-01") ?? "";
    const packet = { vm, port: 22, protocol: "tcp", source: OUTSIDE } as const;
    const now = world.history.writes()[0]?.at;
    if (now === undefined) throw new Error("no write yet");
    expect(world.history.intervalsOf(packet, now)).toEqual([]);
    const { GroupId = "" } = await client.send(
      new ec2.CreateSecurityGroupCommand({ GroupName: "g", Description: "d", VpcId: DEMO_VPCS.made }),
    );
    await authorize(GroupId, ssh(`${OUTSIDE}/32`));
    await put(demoId("eni", 64), [demoId("sg", 4), GroupId]);
    await put(demoId("eni", 64), [demoId("sg", 4)]);
    const [interval, ...more] = world.history.intervalsOf(packet, now);
    expect(more).toEqual([]);
    expect(interval?.closedBy).toBe((interval?.openedBy ?? 0) + 1);
  });
});
