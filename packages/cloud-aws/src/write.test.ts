import { instantOf, isRetryable } from "@sallyport/contracts";
import type { Cidr } from "@sallyport/contracts";
import type { AwsPermit, AwsRule, Change, Want } from "@sallyport/domain";
import { ACCOUNT, REGION, anAws, eni, seal, sg, vmOf } from "./aws-cloud.conformance.ts";
import type { AwsUnderTest, Parts } from "./aws-cloud.conformance.ts";
import { GRANT, allow, lockDown, once, unlock, withdraw } from "./wants.conformance.ts";

const get = (cloud: AwsUnderTest, source: string) =>
  cloud.world.reachable(cloud.vm, cloud.port, source as AwsUnderTest["guest"]);

describe("writing to EC2", () => {
  it("opens a grant of several ports in three writes, and closes it in two", async () => {
    const cloud = await anAws();
    const opened = await once(cloud, allow(cloud));
    expect(opened.writes).toEqual([
      "CreateSecurityGroup",
      "AuthorizeSecurityGroupIngress",
      "ModifyNetworkInterfaceAttribute",
    ]);
    expect((await once(cloud, withdraw(cloud))).writes).toEqual([
      "ModifyNetworkInterfaceAttribute",
      "DeleteSecurityGroup",
    ]);
  });

  it("opens no way out where there is none: what EC2 lets leave by default is taken out first", async () => {
    const cloud = await anAws({ narrowEgress: true });
    const before = await cloud.during(cloud.network.read({ vms: [cloud.vm], objects: [] }));
    await once(cloud, allow(cloud));
    const after = await cloud.during(cloud.network.read({ vms: [cloud.vm], objects: [] }));
    expect(after.groups.find(({ name }) => name.includes(GRANT))?.egress).toEqual([]);
    expect(after.groups.length).toBe(before.groups.length + 1);
    expect(await get(cloud, cloud.guest)).toBe(true);
  });

  it("writes a new end as tags, in one write", async () => {
    const cloud = await anAws();
    await once(cloud, allow(cloud));
    const longer = await once(cloud, { ...allow(cloud), end: instantOf(Date.UTC(2027, 0, 31, 12)) });
    expect(longer.writes).toEqual(["CreateTags"]);
  });

  it.each(["CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "ModifyNetworkInterfaceAttribute"])(
    "counts a lost answer to %s as done",
    async (method) => {
      const cloud = await anAws();
      cloud.trouble({ match: { method }, effect: { kind: "lose-reply" } });
      expect((await once(cloud, allow(cloud))).writes.filter((action) => action === method)).toEqual([method]);
      expect(await get(cloud, cloud.guest)).toBe(true);
    },
  );

  it.each(["RevokeSecurityGroupIngress", "DeleteSecurityGroup", "CreateTags"])(
    "counts a lost answer to %s as done, with a gateway's answer in its place, too",
    async (method) => {
      const cloud = await anAws();
      cloud.trouble({ match: { method }, effect: { kind: "lose-reply", as: "504" } });
      const { inverse } = await once(cloud, lockDown(cloud));
      await once(cloud, allow(cloud));
      await once(cloud, { ...allow(cloud), end: instantOf(Date.UTC(2027, 0, 31, 12)) });
      await once(cloud, withdraw(cloud));
      expect(cloud.calls.filter(({ action }) => action === method).length).toBe(1);
      expect(await get(cloud, cloud.guest)).toBe(false);
      await once(cloud, unlock(cloud, inverse));
      expect(await get(cloud, cloud.insider)).toBe(true);
    },
  );

  it("waits until EC2 knows the group that it has just made", async () => {
    const cloud = await anAws();
    const eventual = { kind: "status", status: 400, code: "InvalidGroup.NotFound" } as const;
    cloud.trouble({ match: { method: "AuthorizeSecurityGroupIngress" }, times: 2, effect: eventual });
    cloud.trouble({ match: { method: "ModifyNetworkInterfaceAttribute" }, times: 2, effect: eventual });
    await once(cloud, allow(cloud));
    expect(await get(cloud, cloud.guest)).toBe(true);
  });

  it("waits until a detached group is out of use, and throws what may pass when it takes too long", async () => {
    const cloud = await anAws();
    await once(cloud, allow(cloud));
    const inUse = { kind: "status", status: 400, code: "DependencyViolation" } as const;
    cloud.trouble({ match: { method: "DeleteSecurityGroup" }, times: 2, effect: inUse });
    await once(cloud, withdraw(cloud));
    expect(cloud.attached()).toEqual(["app"]);

    await once(cloud, allow(cloud));
    cloud.trouble({ match: { method: "DeleteSecurityGroup" }, times: 20, effect: inUse });
    const failure: unknown = await once(cloud, withdraw(cloud)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "aws.dependency" });
    expect(isRetryable(failure)).toBe(true);
    expect(await get(cloud, cloud.guest)).toBe(false);
  });

  it("attaches again, beside theirs, when another tool has replaced the whole list at the same moment", async () => {
    const cloud = await anAws();
    const { changes } = await planned(cloud, allow(cloud));
    await write(cloud, changes, "sallyport");
    cloud.after("ModifyNetworkInterfaceAttribute", () =>
      cloud.outsider("ModifyNetworkInterfaceAttribute", {
        NetworkInterfaceId: eni(1),
        "SecurityGroupId.1": sg("app"),
        "SecurityGroupId.2": sg("ref"),
      }),
    );
    const attaching = changes.filter(({ object }) => object === eni(1));
    expect(await cloud.during(cloud.network.write(eni(1), attaching))).toEqual([{ kind: "done" }]);
    expect(cloud.attached()).toEqual(expect.arrayContaining(["app", "ref", `sallyport-${GRANT}`]));
  });

  it("says what was there already, and adds the rest, when another wrote one of several rules", async () => {
    const cloud = await anAws({ app: [] });
    const permit = (to: number): AwsPermit => ({
      protocol: "tcp",
      from: to,
      to,
      peer: { kind: "cidr", cidr: "198.51.100.0/24" as Cidr },
      tags: [],
    });
    await cloud.world.neighbourWrites(); // 9090
    const puts = [9089, 9090, 9091].map((to) => change(sg("app"), "put", permit(to)));
    const outcomes = await cloud.during(cloud.network.write(sg("app"), puts));
    expect(outcomes.map(({ kind }) => kind)).toEqual(["done", "already", "done"]);
    const deletes = [9090, 9092].map((to) => change(sg("app"), "delete", permit(to)));
    expect((await cloud.during(cloud.network.write(sg("app"), deletes))).map(({ kind }) => kind)).toEqual([
      "done",
      "already",
    ]);
  });

  it("takes no silence for a revocation, in a default VPC either: rules go by id", async () => {
    const cloud = await anAws({ isDefaultVpc: true });
    const { writes } = await once(cloud, lockDown(cloud));
    // A remainder below the port and one above it, each with a mark of its own.
    expect(writes).toEqual([
      "AuthorizeSecurityGroupIngress",
      "AuthorizeSecurityGroupIngress",
      "RevokeSecurityGroupIngress",
    ]);
    expect(await get(cloud, cloud.insider)).toBe(false);
  });

  it("is refused by EC2 in its own words, and skips what rests on it", async () => {
    const cloud = await anAws();
    const { changes } = await planned(cloud, allow(cloud));
    cloud.trouble({
      match: { method: "CreateSecurityGroup" },
      effect: { kind: "status", status: 400, code: "SecurityGroupLimitExceeded" },
    });
    const group = changes.filter(({ object }) => object !== eni(1));
    const [first, ...more] = await cloud.during(cloud.network.write(group[0]?.object ?? eni(1), group));
    expect(first).toMatchObject({
      kind: "refused",
      refusal: { code: "network.quota", detail: expect.stringContaining(`${ACCOUNT}/${REGION} has no room`) },
    });
    expect(new Set(more.map(({ kind }) => kind))).toEqual(new Set(["skipped"]));
  });

  it("detaches from an interface that is gone, and deletes a group that is gone", async () => {
    const cloud = await anAws();
    const { changes } = await planned(cloud, allow(cloud));
    const gone = eni(9);
    const detach = changes.flatMap(({ rule }) =>
      rule.kind === "membership" ? [{ object: gone, verb: "detach" as const, rule }] : [],
    );
    expect(await cloud.during(cloud.network.write(gone, detach))).toEqual([{ kind: "already" }]);
    const remove = changes.flatMap(({ object, rule }) =>
      rule.kind === "group" ? [{ object, verb: "delete" as const, rule }] : [],
    );
    expect(await cloud.during(cloud.network.write(remove[0]?.object ?? gone, remove))).toEqual([{ kind: "already" }]);
  });
});

describe("a group that other instances share", () => {
  const shared: Parts = { groups: [sg("base")] };

  it("is not touched without consent", async () => {
    const cloud = await anAws(shared);
    await expect(once(cloud, lockDown(cloud))).rejects.toThrow(/also for|for other machines/);
    expect(await get(cloud, cloud.insider)).toBe(true);
  });

  it("is cloned, filled, swapped in one write, and swapped back to what it was", async () => {
    const cloud = await anAws(shared);
    const before = await cloud.world.foreign();
    const locked = await once(cloud, lockDown(cloud, "clone"));
    expect(locked.writes).toEqual([
      "CreateSecurityGroup",
      "AuthorizeSecurityGroupIngress",
      "ModifyNetworkInterfaceAttribute",
    ]);
    expect(await get(cloud, cloud.insider)).toBe(false);
    expect(await cloud.world.reachable(cloud.vm, cloud.otherPort, cloud.insider)).toBe(true);
    expect(await cloud.world.reachable(vmOf(2), cloud.port, cloud.insider)).toBe(true);

    await once(cloud, allow(cloud));
    expect(await get(cloud, cloud.guest)).toBe(true);
    await once(cloud, withdraw(cloud));

    const back = await once(cloud, unlock(cloud, locked.inverse));
    expect(back.writes).toEqual(["ModifyNetworkInterfaceAttribute", "DeleteSecurityGroup"]);
    expect(await cloud.world.foreign()).toEqual(before);
    expect(cloud.attached()).toEqual(["base"]);
  });

  it("is closed for all when that is what was asked, and comes back for all", async () => {
    const cloud = await anAws(shared);
    const before = await cloud.world.foreign();
    const { inverse } = await once(cloud, lockDown(cloud, "revoke"));
    expect(await cloud.world.reachable(vmOf(2), cloud.port, cloud.insider)).toBe(false);
    await once(cloud, unlock(cloud, inverse));
    expect(await cloud.world.foreign()).toEqual(before);
  });
});

describe("established connections", () => {
  it("closing stops new connections and leaves old ones, also of a grant for everybody", async () => {
    const cloud = await anAws();
    await once(cloud, allow(cloud, ["0.0.0.0/0"]));
    const state = cloud.connect(cloud.guest);
    await once(cloud, withdraw(cloud));
    expect(await get(cloud, cloud.guest)).toBe(false);
    expect(state()).toBe("established");
  });

  it("are cut by a lockdown where EC2 does not track them, as is said beforehand", async () => {
    const everywhere = { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
    const cloud = await anAws({ app: [everywhere] });
    const net = await cloud.during(cloud.network.read({ vms: [cloud.vm], objects: [] }));
    expect(cloud.model.closing(net, cloud.vm).sessions).toBe("may-be-cut");
    const state = cloud.connect(cloud.stranger);
    await once(cloud, lockDown(cloud));
    expect(state()).toBe("cut");
  });
});

const change = (object: Change<AwsRule>["object"], verb: "put" | "delete", permit: AwsPermit): Change<AwsRule> => ({
  object,
  verb,
  rule: { kind: "ingress", scope: "210987654321/eu-central-1" as AwsRule["scope"], permit },
});

async function planned(cloud: AwsUnderTest, want: Want): Promise<{ readonly changes: readonly Change<AwsRule>[] }> {
  const net = await cloud.during(cloud.network.read({ vms: [cloud.vm], objects: [] }));
  const plan = cloud.model.plan(net, want, seal);
  if (!plan.ok) throw new Error(plan.refusals[0].detail);
  return plan;
}

async function write(cloud: AwsUnderTest, changes: readonly Change<AwsRule>[], what: string): Promise<void> {
  const own = changes.filter(({ object }) => object.includes(what));
  for (const object of new Set(own.map((one) => one.object)))
    await cloud.during(
      cloud.network.write(
        object,
        own.filter((one) => one.object === object),
      ),
    );
}
