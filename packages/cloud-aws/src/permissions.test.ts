import { anAwsForALife, live } from "./a-life.conformance.ts";
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
});
