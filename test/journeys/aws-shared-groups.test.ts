import { PoliciesView } from "@sallyport/contracts";
import { SOON_MS, aJourney } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import { awsMachine, awsWorld, eni, outsider, permitParams, sg } from "./aws-shapes.ts";
import type { AwsShape } from "./aws-shapes.ts";
import { ACCOUNT, GUEST, REGION, STRANGER } from "./estates.ts";
import { networkOf } from "./network-of.ts";

const { insider, vm, neighbour = "" } = awsMachine;
/** Two machines in one group that opens port 22 to the office. */
const shared: AwsShape = {
  groups: {
    base: [
      ["tcp", "22", "192.0.2.0/24"],
      ["tcp", "443", "0.0.0.0/0"],
    ],
  },
  machines: [[["base"]], [["base"]]],
};
const withSharedGroups = (sharedGroups: string) => ({ lockdown: { sharedGroups } });
const neighbourGetsIn = (journey: Journey, port = 22) => journey.reachable(neighbour, port, insider);

describe("a group that two machines share, on aws (P18)", () => {
  it("is not touched unless the policy says so: who else is in it is named", async () => {
    const journey = await aJourney(awsMachine, { world: awsWorld(shared) });
    const original = networkOf(journey.simulator);
    const { lockdown } = await journey.underJit();
    expect(lockdown).toMatchObject({ status: "Failed", reasons: [{ code: "network.shared-group" }] });
    const said = JSON.stringify(lockdown?.reasons);
    for (const name of [sg("base"), eni(2), neighbour.split("/")[1] ?? "", "clone", "revoke"])
      expect(said).toContain(name);
    expect(networkOf(journey.simulator)).toBe(original);
  });

  it("is left for the other machine, and copied without the port for this one, where the policy says clone", async () => {
    const journey = await aJourney(awsMachine, { world: awsWorld(shared) });
    const original = networkOf(journey.simulator);
    expect((await journey.underJit(withSharedGroups("clone"))).lockdown).toMatchObject({ status: "Locked" });
    expect([journey.getsIn(insider), neighbourGetsIn(journey)]).toEqual([false, true]);
    expect(journey.getsIn(STRANGER, 443)).toBe(true);

    await journey.opened();
    expect([journey.getsIn(GUEST), journey.reachable(neighbour, 22, GUEST)]).toEqual([true, false]);
    await journey.pass(600_000);
    expect([journey.getsIn(GUEST), neighbourGetsIn(journey)]).toEqual([false, true]);

    await journey.removePolicy();
    expect(networkOf(journey.simulator)).toBe(original);
  });

  it("is not copied where a peered VPC of another account refers to it: in the dry run, and when it is tried", async () => {
    const world = awsWorld(shared);
    const pair = {
      GroupId: sg("base"),
      UserId: ACCOUNT,
      VpcPeeringConnectionId: "pcx-0000000000000c0f1",
      PeeringStatus: "active",
    };
    const db = {
      GroupId: sg("db"),
      GroupName: "db",
      VpcId: "vpc-0000000000000fa51",
      IpPermissions: [{ IpProtocol: "tcp", FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [pair] }],
    };
    const theirs = {
      accountId: "888877776666",
      accessKeys: [],
      regions: { [REGION]: { DescribeSecurityGroups: { SecurityGroups: [db] } } },
    };
    const journey = await aJourney(awsMachine, {
      world: { ...world, aws: { ...world.aws, accounts: [...world.aws.accounts, theirs] } },
    });
    const original = networkOf(journey.simulator);
    const { body } = await journey.call("ada", "POST", "/v1/policies?dryRun=true", {
      body: { vms: [vm], policy: { ports: [{ port: 22 }], lockdown: { sharedGroups: "clone" } } },
      headers: { "idempotency-key": crypto.randomUUID() },
    });
    const reasons = [
      {
        code: "network.shared-group",
        object: sg("base"),
        detail: expect.stringContaining("peered vpc-0000000000000fa51"),
      },
    ];
    expect(PoliciesView.parse(body).items[0]?.plan?.refusals).toMatchObject(reasons);
    expect((await journey.underJit(withSharedGroups("clone"))).lockdown).toMatchObject({ status: "Failed", reasons });
    expect(networkOf(journey.simulator)).toBe(original);
  });

  it("has its later edits followed by the copy, the closed port excepted, and that is told as drift", async () => {
    const journey = await aJourney(awsMachine, { world: awsWorld(shared) });
    await journey.underJit(withSharedGroups("clone"));
    await outsider(journey.simulator, "AuthorizeSecurityGroupIngress", permitParams("base", 8443, "192.0.2.0/24"));
    await outsider(journey.simulator, "AuthorizeSecurityGroupIngress", permitParams("base", 22, "198.51.0.0/16"));
    await outsider(journey.simulator, "RevokeSecurityGroupIngress", permitParams("base", 443, "0.0.0.0/0"));
    expect([journey.getsIn(insider, 8443), journey.getsIn(STRANGER, 443)]).toEqual([false, true]);
    await journey.pass(3_600_000);
    expect([journey.getsIn(insider, 8443), journey.getsIn(STRANGER, 443)]).toEqual([true, false]);
    expect([journey.getsIn(STRANGER), journey.reachable(neighbour, 22, STRANGER)]).toEqual([false, true]);
    expect((await journey.told("sallyport.access.drift-detected.v1")).map(({ data }) => data.vm)).toContain(vm);

    await journey.removePolicy();
    expect([journey.getsIn(STRANGER), journey.getsIn(insider, 8443)]).toEqual([true, true]);
    expect(networkOf(journey.simulator)).not.toContain("sallyport");
  });

  it("is closed for both where the policy says revoke, as Microsoft does, and comes back for both", async () => {
    const journey = await aJourney(awsMachine, { world: awsWorld(shared) });
    const original = networkOf(journey.simulator);
    await journey.underJit(withSharedGroups("revoke"));
    expect([journey.getsIn(insider), neighbourGetsIn(journey), neighbourGetsIn(journey, 443)]).toEqual([
      false,
      false,
      true,
    ]);
    await journey.removePolicy();
    await journey.pass(SOON_MS);
    expect(networkOf(journey.simulator)).toBe(original);
  });
});
