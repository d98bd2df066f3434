import { ObjectId, Port } from "@sallyport/contracts";
import type { Address } from "@sallyport/contracts";
import { exposureOf } from "@sallyport/domain";
import type { AwsNet } from "@sallyport/domain";
import { PREFIX_LIST, anAws, eni, sg, vmOf } from "./aws-cloud.conformance.ts";
import type { AwsUnderTest, Parts } from "./aws-cloud.conformance.ts";
import { GRANT, allow, once, withdraw } from "./wants.conformance.ts";

const groupOfGrant = ObjectId.parse(`vpc-0000000000000c0f1/sallyport-${GRANT}`);
const ports = [22, 80, 443, 8080].map((port) => ({ port: Port.parse(port), protocol: "*" as const }));

const look = (cloud: AwsUnderTest, onlyFor: "opening" | "closing" | undefined, objects: readonly ObjectId[] = []) =>
  cloud.during(cloud.network.read({ vms: [cloud.vm], objects, ...(onlyFor && { onlyFor }) }));

/** Who gets in to what, by which rule, for every source. */
const exposure = (cloud: AwsUnderTest, net: AwsNet) => exposureOf(cloud.model, net, cloud.vm, ports);

const tcp = (port: number, source: object) => ({ IpProtocol: "tcp", FromPort: port, ToPort: port, ...source });

const networks: readonly (readonly [string, Parts])[] = [
  ["a group of its own", {}],
  ["a group that another machine shares", { groups: [sg("base")] }],
  ["two groups", { groups: [sg("app"), sg("base")] }],
  ["a rule for the members of another group", { app: [tcp(22, { UserIdGroupPairs: [{ GroupId: sg("base") }] })] }],
  ["a rule for the members of the same group", { app: [tcp(22, { UserIdGroupPairs: [{ GroupId: sg("app") }] })] }],
  ["a prefix list", { app: [tcp(22, { PrefixListIds: [{ PrefixListId: PREFIX_LIST.id }] })] }],
  ["a rule for every protocol", { app: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "198.51.100.0/24" }] }] }],
];

describe("what is read for a grant", () => {
  it.each(networks)("says the same of who gets in as the whole does: %s", async (_, parts) => {
    const cloud = await anAws(parts);
    const whole = await look(cloud, undefined);
    expect(exposure(cloud, await look(cloud, "opening"))).toEqual(exposure(cloud, whole));
    await once(cloud, allow(cloud));
    const opened = await look(cloud, undefined);
    expect(exposure(cloud, opened)).not.toEqual(exposure(cloud, whole));
    for (const purpose of ["opening", "closing"] as const)
      expect(exposure(cloud, await look(cloud, purpose, [groupOfGrant, eni(1)]))).toEqual(exposure(cloud, opened));
  });

  it.each([
    ["once while its version stays, for all looks", 3, 1],
    ["every time where it has no version, for then AWS manages it", undefined, 3],
  ] as const)("asks for the content of a prefix list %s", async (_, listVersion, times) => {
    const app = [tcp(22, { PrefixListIds: [{ PrefixListId: PREFIX_LIST.id }] })];
    const cloud = await anAws({ app, ...(listVersion && { listVersion }) });
    const nets = [await look(cloud, undefined), await look(cloud, "opening"), await look(cloud, "closing")];
    expect(nets.map(({ prefixLists }) => prefixLists.map(({ entries }) => entries))).toEqual(
      nets.map(() => [[PREFIX_LIST.cidr]]),
    );
    expect(cloud.calls.filter(({ action }) => action === "GetManagedPrefixListEntries").length).toBe(times);
  });

  it("holds every machine that shares a group, so that a plan is checked for it, too", async () => {
    const cloud = await anAws({ groups: [sg("base")] });
    for (const purpose of ["opening", "closing"] as const)
      expect(cloud.model.vms(await look(cloud, purpose))).toEqual([vmOf(1), vmOf(2)]);
  });

  it("takes four calls to open and three to close, and one more for a group that is named and not attached", async () => {
    const cloud = await anAws();
    const callsOf = async (purpose: "opening" | "closing", objects: readonly ObjectId[]) => {
      const before = cloud.calls.length;
      await look(cloud, purpose, objects);
      return cloud.calls.length - before;
    };
    expect([
      await callsOf("opening", []),
      await callsOf("closing", [eni(1)]),
      await callsOf("closing", [groupOfGrant, eni(1)]),
    ]).toEqual([4, 3, 4]);
  });

  it("finds the grant's group where it is not attached, and on an interface that the machine has no more", async () => {
    const cloud = await anAws();
    await once(cloud, allow(cloud));
    const [own] = (await look(cloud, "closing")).groups.filter(({ key }) => key === groupOfGrant);
    await cloud.outsider("ModifyNetworkInterfaceAttribute", {
      NetworkInterfaceId: eni(1),
      "SecurityGroupId.1": sg("app"),
    });
    const apart = await look(cloud, "closing", [groupOfGrant]);
    expect(apart.groups.find(({ key }) => key === groupOfGrant)).toEqual(own);
    await cloud.outsider("ModifyNetworkInterfaceAttribute", {
      NetworkInterfaceId: eni(2),
      "SecurityGroupId.1": sg("base"),
      "SecurityGroupId.2": own?.id ?? "",
    });
    const elsewhere = await look(cloud, "closing", [groupOfGrant]);
    expect(elsewhere.interfaces.find(({ id }) => id === eni(2))?.groups).toContain(groupOfGrant);
    await once(cloud, { ...withdraw(cloud), objects: [groupOfGrant] } as ReturnType<typeof withdraw>);
    expect(await cloud.world.reachable(vmOf(2), cloud.port, cloud.guest)).toBe(false);
    expect((await look(cloud, "closing", [groupOfGrant])).groups.map(({ key }) => key)).toEqual([sg("app")]);
  });

  it("shows an interface that is named, wherever it is, and nothing of what is gone", async () => {
    const cloud = await anAws();
    const net = await look(cloud, "closing", [eni(2), cloud.missing.object, ObjectId.parse("eni-0000000000000gone")]);
    expect(net.interfaces.map(({ id }) => id)).toEqual([eni(1), eni(2)]);
    expect(net.groups.map(({ key }) => key)).toEqual([sg("app")]);
  });
});

describe("what was seen of a group of ours", () => {
  const guest = (cloud: AwsUnderTest): Promise<boolean> =>
    cloud.world.reachable(cloud.vm, cloud.port, cloud.guest as Address);

  it("is not trusted to be all: one of the same name that came since is deleted, too", async () => {
    const cloud = await anAws();
    await once(cloud, allow(cloud));
    const net = await look(cloud, "closing");
    const plan = cloud.model.plan(net, { ...withdraw(cloud) }, cloud.seal);
    if (!plan.ok) throw new Error(plan.refusals[0].detail);
    const group = net.groups.find(({ key }) => key === groupOfGrant);
    await cloud.outsider("ModifyNetworkInterfaceAttribute", {
      NetworkInterfaceId: eni(1),
      "SecurityGroupId.1": sg("app"),
    });
    await cloud.outsider("DeleteSecurityGroup", { GroupId: group?.id ?? "" });
    const tags = (group?.tags ?? []).flatMap(({ key, value }, i): [string, string][] => [
      [`TagSpecification.1.Tag.${i + 1}.Key`, key],
      [`TagSpecification.1.Tag.${i + 1}.Value`, value],
    ]);
    await cloud.outsider("CreateSecurityGroup", {
      GroupName: group?.name ?? "",
      GroupDescription: "put back by somebody else",
      VpcId: group?.vpc ?? "",
      "TagSpecification.1.ResourceType": "security-group",
      ...Object.fromEntries(tags),
    });
    for (const object of [eni(1), groupOfGrant])
      await cloud.during(
        cloud.network.write(
          object,
          plan.changes.filter((change) => change.object === object),
        ),
      );
    expect((await look(cloud, "closing", [groupOfGrant])).groups.map(({ key }) => key)).toEqual([sg("app")]);
    expect(await guest(cloud)).toBe(false);
  });

  it("is made without asking where nobody has seen it, and taken as it is where it turns out to be there", async () => {
    const cloud = await anAws();
    const plan = cloud.model.plan(await look(cloud, "opening"), allow(cloud), cloud.seal);
    if (!plan.ok) throw new Error(plan.refusals[0].detail);
    const own = plan.changes.filter(({ object }) => object === groupOfGrant);
    const write = async () => {
      const before = cloud.calls.length;
      const outcomes = await cloud.during(cloud.network.write(groupOfGrant, own));
      return {
        kinds: outcomes.map(({ kind }) => kind),
        actions: cloud.calls.slice(before).map(({ action }) => action),
      };
    };
    expect(await write()).toEqual({
      kinds: own.map(() => "done"),
      actions: ["CreateSecurityGroup", "AuthorizeSecurityGroupIngress"],
    });
    expect((await write()).kinds).toEqual(own.map(() => "already"));
  });
});

describe("an interface that was put on another machine", () => {
  it("is not given a group that was planned for the first one", async () => {
    const cloud = await anAws();
    await once(cloud, allow(cloud));
    const attach = {
      object: eni(2),
      verb: "attach",
      rule: { kind: "membership", scope: "210987654321/eu-central-1" as never, group: groupOfGrant, vm: vmOf(1) },
    } as const;
    await expect(cloud.during(cloud.network.write(eni(2), [attach]))).rejects.toMatchObject({ code: "aws.conflict" });
    expect(await cloud.world.reachable(vmOf(2), cloud.port, cloud.guest)).toBe(false);
  });
});
