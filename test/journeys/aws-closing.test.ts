import { seconds } from "@sallyport/contracts";
import type { AwsModelOptions } from "@sallyport/domain";
import { RECONCILED_MS, SOON_MS, aJourney } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import { awsMachine, awsWorld, groupsParams, outsider } from "./aws-shapes.ts";
import { GUEST } from "./estates.ts";
import { networkOf } from "./network-of.ts";

const HOUR_MS = 3_600_000;
const revoking: AwsModelOptions = { closing: "revoke", emptyGroupTime: seconds(3600) };
const detaching: AwsModelOptions = { closing: "detach" };

/** An EC2 of which it is said what detaching a group does to the connections that it let in. */
const onEc2 = (whenGroupIsDetached: "kept" | "cut", aws: AwsModelOptions) => {
  const world = awsWorld({ groups: { base: [["tcp", "22", "192.0.2.0/24"]] }, machines: [[["base"]]] });
  return aJourney(awsMachine, {
    aws,
    world: { ...world, aws: { ...world.aws, connectionTracking: { whenGroupIsDetached } } },
  });
};

function connect(journey: Journey, source: string): () => "established" | "cut" {
  const answer = journey.simulator.control.openFlow({ vm: journey.vm, port: 22, source });
  if (!("flow" in answer)) throw new Error(JSON.stringify(answer));
  const { id } = answer.flow;
  return () => journey.simulator.control.flow(id)?.state ?? "cut";
}

const writesDuring = async (journey: Journey, step: () => Promise<unknown>): Promise<number> => {
  const before = journey.cloudCalls.length;
  await step();
  return journey.cloudCalls.slice(before).filter(({ isWrite }) => isWrite).length;
};
const ownGroups = (journey: Journey): number =>
  new Set(networkOf(journey.simulator).match(/sallyport-(?!clone)[a-z0-9]{8,}/g) ?? []).size;

describe("how a grant ends on aws (docs/decisions/0013-aws-closing-by-choice.md)", () => {
  it.each([
    ["detaching keeps connections", "kept", "detach", detaching, "established"],
    ["detaching keeps connections", "kept", "revoke", revoking, "established"],
    ["detaching cuts them", "cut", "detach", detaching, "cut"],
    ["detaching cuts them", "cut", "revoke", revoking, "established"],
  ] as const)("where %s (%s), %s shuts the door, and a session of the grant is then as it says", async (...row) => {
    const [, tracking, , aws, expected] = row;
    const journey = await onEc2(tracking, aws);
    await journey.underJit();
    const { id } = await journey.opened();
    const session = connect(journey, GUEST);
    await journey.pass(600_000);
    expect(journey.getsIn(GUEST)).toBe(false);
    expect((await journey.grant(id)).status).toBe("Closed");
    expect(session()).toBe(expected);
  });

  it("costs one write where it revokes, and two more an hour later, when the empty group goes and all is as before", async () => {
    const journey = await onEc2("kept", revoking);
    await journey.underJit();
    const locked = networkOf(journey.simulator);
    const { id } = await journey.opened();
    expect(await writesDuring(journey, () => journey.pass(600_000))).toBe(1);
    expect((await journey.grant(id)).cloudCalls?.closing?.writes).toBe(1);
    expect(ownGroups(journey)).toBe(1);
    expect(await writesDuring(journey, () => journey.pass(HOUR_MS + RECONCILED_MS))).toBe(2);
    expect(networkOf(journey.simulator)).toBe(locked);
    expect((await journey.told("sallyport.access.revoked.v1")).length).toBe(1);
    expect(await journey.told("sallyport.access.drift-detected.v1")).toEqual([]);
  });

  it("gives up the oldest empty group for a grant that would find no room, and no other", async () => {
    const journey = await onEc2("cut", revoking);
    await journey.underJit();
    const sessions: (() => "established" | "cut")[] = [];
    for (const n of [1, 2, 3, 4]) {
      await journey.opened({ sources: [`198.51.100.${n}`], duration: "PT5M" });
      sessions.push(connect(journey, `198.51.100.${n}`));
      await journey.pass(300_000);
    }
    expect(ownGroups(journey)).toBe(4);
    expect(sessions.map((state) => state())).toEqual(["established", "established", "established", "established"]);
    expect((await journey.opened({ sources: [GUEST] })).status).toBe("Open");
    expect(journey.getsIn(GUEST)).toBe(true);
    expect(sessions.map((state) => state())).toEqual(["cut", "established", "established", "established"]);
  });

  it("collects the empty group at a later start, where no process lived when its time came", async () => {
    const journey = await onEc2("kept", revoking);
    await journey.underJit();
    const locked = networkOf(journey.simulator);
    await journey.opened();
    await journey.pass(600_000);
    journey.kill();
    await journey.pass(2 * HOUR_MS);
    expect(ownGroups(journey)).toBe(1);
    await journey.start();
    await journey.pass(RECONCILED_MS);
    expect(networkOf(journey.simulator)).toBe(locked);
  });

  it("opens nothing and leaves nothing where the grant's group is the last one: it goes once another is attached", async () => {
    const journey = await onEc2("kept", detaching);
    await journey.underJit();
    await journey.opened();
    const own = journey.simulator.control.history().find(({ verb }) => verb === "CreateSecurityGroup");
    expect(own).toBeDefined();
    const only = {
      NetworkInterfaceId: groupsParams(1, [])["NetworkInterfaceId"] ?? "",
      "SecurityGroupId.1": own?.object ?? "",
    };
    await outsider(journey.simulator, "ModifyNetworkInterfaceAttribute", only);
    await journey.pass(600_000);
    expect([journey.getsIn(GUEST), ownGroups(journey)]).toEqual([false, 1]);
    await outsider(journey.simulator, "ModifyNetworkInterfaceAttribute", groupsParams(1, ["base"]));
    await journey.pass(HOUR_MS + RECONCILED_MS + SOON_MS);
    expect(ownGroups(journey)).toBe(0);
  });
});
