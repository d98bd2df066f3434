import { instantOf } from "@sallyport/contracts";
import { anAwsForALife, live } from "./a-life.conformance.ts";
import { ACCOUNT, KEY, ROLE, sg } from "./aws-cloud.conformance.ts";
import { permissions } from "./permissions.ts";
import { leastPolicy, leastRole } from "./role-policy.ts";

const actions = Object.keys(permissions).toSorted();

describe("the table of permissions", () => {
  it("has every call that a life takes, and none that it does not take", async () => {
    const cloud = await anAwsForALife();
    await live(cloud);
    expect([...new Set(cloud.calls.map(({ action }) => action))].toSorted()).toEqual(actions);
  });

  it("is the policy, action by action, and nothing is allowed on everything but looking", () => {
    const { Statement } = leastPolicy({ account: "210987654321" });
    const allowed = new Set(Statement.flatMap(({ Action }) => Action));
    expect([...allowed].toSorted()).toEqual(actions.map((action) => `ec2:${action}`));
    const onEverything = Statement.filter(({ Resource }) => Resource?.includes("*")).flatMap(({ Action }) => Action);
    expect(onEverything.filter((action) => !/:(Describe|Get)/.test(action))).toEqual([]);
    expect(JSON.stringify(Statement)).not.toContain(":*:*:");
  });

  it("lets only groups with our tag be deleted, and only groups with our tag be made", () => {
    const { Statement } = leastPolicy({});
    const of = (action: string) => Statement.filter(({ Action }) => Action.includes(`ec2:${action}`));
    expect(of("DeleteSecurityGroup").map(({ Condition }) => Condition)).toEqual([
      { Null: { "aws:ResourceTag/sallyport:mark": "false" } },
    ]);
    expect(of("CreateSecurityGroup").map(({ Resource, Condition }) => [Resource?.[0], Condition])).toEqual([
      ["arn:aws:ec2:*:*:security-group/*", { Null: { "aws:RequestTag/sallyport:mark": "false" } }],
      ["arn:aws:ec2:*:*:vpc/*", undefined],
    ]);
  });

  it("trusts whoever is named, under an external id, to name the grant as well", () => {
    const { trust } = leastRole({ trusted: "arn:aws:iam::111111111111:role/runner", externalId: "tenant-1" });
    expect(trust.Statement.map(({ Action, Condition }) => [Action, Condition])).toEqual([
      [["sts:AssumeRole"], { StringEquals: { "sts:ExternalId": "tenant-1" } }],
      [["sts:SetSourceIdentity"], undefined],
    ]);
  });

  const access = { credentials: KEY, roleArn: ROLE.Arn, externalId: "tenant-1" };
  const role = leastRole({ account: ACCOUNT, externalId: "tenant-1" });
  const start = instantOf(Date.now());

  it("is enough: with the policy and the trust as printed a whole life works, where IAM is enforced", async () => {
    const cloud = await anAwsForALife({ access, role, start });
    await live(cloud);
    expect(await cloud.world.reachable(cloud.vm, cloud.port, cloud.insider)).toBe(true);
    expect(await cloud.world.reachable(cloud.vm, cloud.port, cloud.guest)).toBe(false);
  });

  it.each(Object.keys(permissions) as (keyof typeof permissions)[])(
    "is not enough without ec2:%s, and the error names it",
    async (action) => {
      const policy = leastPolicy({ account: ACCOUNT }, [action]);
      const cloud = await anAwsForALife({ access, role: { ...role, policy }, start });
      await expect(live(cloud)).rejects.toMatchObject({
        code: "aws.unauthorized",
        retryable: true,
        message: expect.stringContaining(`needs ec2:${action};`),
      });
    },
  );

  it.each(["sts:AssumeRole", "sts:SetSourceIdentity"])("is not enough where the trust lacks %s", async (action) => {
    const Statement = role.trust.Statement.filter(({ Action }) => !Action.includes(action));
    const cloud = await anAwsForALife({ access, role: { ...role, trust: { ...role.trust, Statement } }, start });
    await expect(live(cloud)).rejects.toMatchObject({ code: "aws.unauthorized" });
  });

  it("lets nobody delete, or retag, a group that is not ours, whatever else the role may do", async () => {
    const cloud = await anAwsForALife({ access, role, start });
    const net = await cloud.during(cloud.network.read({ vms: [cloud.vm], objects: [] }));
    const theirs = net.groups.find(({ key }) => key === sg("base"));
    if (theirs === undefined) throw new Error("the world has lost a group");
    const { scope, vpc, name, description, tags } = theirs;
    const remove = {
      object: theirs.key,
      verb: "delete",
      rule: { kind: "group", scope, vpc, name, description, tags },
    } as const;
    await expect(cloud.during(cloud.network.write(theirs.key, [remove]))).rejects.toMatchObject({
      code: "aws.unauthorized",
      message: expect.stringContaining("ec2:DeleteSecurityGroup"),
    });
    const mark = { ...remove, verb: "put", rule: { ...remove.rule, tags: [{ key: "owner", value: "us" }] } } as const;
    await expect(cloud.during(cloud.network.write(theirs.key, [mark]))).rejects.toMatchObject({
      message: expect.stringContaining("ec2:CreateTags"),
    });
  });
});
