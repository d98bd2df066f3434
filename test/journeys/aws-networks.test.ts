import { Fault } from "@sallyport/simulator";
import { aJourney } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import { PREFIX_LIST, awsMachine, awsWorld, groupsParams, outsider, permitParams } from "./aws-shapes.ts";
import type { AwsShape } from "./aws-shapes.ts";
import { GUEST, STRANGER } from "./estates.ts";
import { networkOf } from "./network-of.ts";

const GUEST_V6 = "2001:db8:51::7";
const STRANGER_V6 = "2001:db8:52::8";
const { insider } = awsMachine;
const everybody = [GUEST, STRANGER, GUEST_V6, STRANGER_V6, insider];

interface Case {
  readonly shape: string;
  readonly world: AwsShape;
  readonly guest?: string;
  readonly policy?: object;
  /** Who gets in to port 22 before. */
  readonly before: readonly string[];
  /** Writes to open and to close, for each interface one, and two or one for the group. */
  readonly interfaces?: number;
}

const web = ["tcp", "443", "0.0.0.0/0"] as const;
const cases: readonly Case[] = [
  {
    shape: "one interface and a rule for the port",
    world: { groups: { app: [["tcp", "22", "192.0.2.0/24"], web] }, machines: [[["app"]]] },
    before: [insider],
  },
  {
    shape: "two interfaces in different groups, one of which lets everybody in",
    world: {
      groups: { app: [["tcp", "22", "192.0.2.0/24"], web], admin: [["tcp", "22", "0.0.0.0/0"]] },
      machines: [[["app"], ["admin"]]],
    },
    before: [GUEST, STRANGER, insider],
    interfaces: 2,
  },
  {
    shape: "a rule in whose range the port is (P44)",
    world: {
      groups: { app: [["tcp", "0-65535", "192.0.2.0/24"], ["tcp", "20-30", "192.0.2.0/24"], web] },
      machines: [[["app"]]],
    },
    before: [insider],
  },
  {
    shape: "a rule for every protocol (P44)",
    world: { groups: { app: [["-1", "*", "192.0.2.0/24"], web] }, machines: [[["app"]]] },
    policy: { lockdown: { precedence: "strict" } },
    before: [insider],
  },
  {
    shape: "both address families, asked for over IPv6",
    world: { groups: { app: [["tcp", "22", "::/0"], ["tcp", "22", "0.0.0.0/0"], web] }, machines: [[["app"]]] },
    guest: GUEST_V6,
    before: everybody,
  },
  {
    shape: "a prefix list and a group as sources (P46)",
    world: {
      groups: { app: [["tcp", "22", PREFIX_LIST], ["tcp", "22", "group:bastion"], web], bastion: [] },
      machines: [[["app"]], [["bastion"]]],
    },
    before: [insider],
  },
  {
    shape: "a second group that still opens the port (P45)",
    world: {
      groups: { app: [["tcp", "22", "192.0.2.0/24"], web], old: [["tcp", "1-1024", "0.0.0.0/0"]] },
      machines: [[["app", "old"]]],
    },
    before: [GUEST, STRANGER, insider],
  },
];

const writesOf = ({ cloudCalls }: Journey) => cloudCalls.filter(({ isWrite }) => isWrite).length;
const whoGetsIn = (journey: Journey) => everybody.filter((source) => journey.getsIn(source)).toSorted();

describe.each(cases)(
  "an instance on aws with $shape",
  ({ world, guest = GUEST, policy = {}, before, interfaces = 1 }) => {
    it("is closed, opened for one and closed again, and is given back as it was", async () => {
      const journey = await aJourney(awsMachine, { world: awsWorld(world) });
      const original = networkOf(journey.simulator);
      expect(whoGetsIn(journey)).toEqual(before.toSorted());

      expect((await journey.underJit(policy)).lockdown).toMatchObject({ status: "Locked", shadows: [] });
      expect(whoGetsIn(journey)).toEqual([]);
      expect(journey.getsIn(STRANGER, 443)).toBe(true);

      let written = writesOf(journey);
      expect((await journey.opened({ sources: [guest] })).status).toBe("Open");
      expect(whoGetsIn(journey)).toEqual([guest]);
      expect(writesOf(journey) - written).toBe(2 + interfaces);

      written = writesOf(journey);
      await journey.pass(600_000);
      expect(whoGetsIn(journey)).toEqual([]);
      expect(writesOf(journey) - written).toBe(1 + interfaces);

      await journey.removePolicy();
      expect(networkOf(journey.simulator)).toBe(original);
      expect(journey.complaints).toEqual([]);
    });
  },
);

const plain: AwsShape = { groups: { app: [["tcp", "22", "192.0.2.0/24"], web], extra: [] }, machines: [[["app"]]] };

describe("an instance on aws, among others who write", () => {
  it("is refused by name at the limit of groups, when it is enabled, and nothing is written", async () => {
    const names = ["a", "b", "c", "d", "e"];
    const groups = Object.fromEntries(names.map((name) => [name, [["tcp", "22", "0.0.0.0/0"]] as const]));
    const journey = await aJourney(awsMachine, { world: awsWorld({ groups, machines: [[names]] }) });
    const { lockdown } = await journey.underJit();
    expect(lockdown).toMatchObject({ status: "Failed", reasons: [{ code: "network.quota" }] });
    expect(JSON.stringify(lockdown?.reasons)).toContain("eni-0000000000000c0f1 is in 5 security groups");
    expect(writesOf(journey)).toBe(0);
  });

  it("is refused by name at the limit of groups, when it is asked for, and opens once there is room", async () => {
    const names = ["app", "a", "b", "c"];
    const groups = { ...Object.fromEntries(names.map((name) => [name, []])), ...plain.groups, late: [] };
    const journey = await aJourney(awsMachine, { world: awsWorld({ groups, machines: [[names]] }) });
    await journey.underJit();
    await outsider(journey.simulator, "ModifyNetworkInterfaceAttribute", groupsParams(1, [...names, "late"]));
    const written = writesOf(journey);
    expect(await journey.opened()).toMatchObject({ status: "Failed", reasons: [{ code: "network.quota" }] });
    expect(writesOf(journey)).toBe(written);
    await outsider(journey.simulator, "ModifyNetworkInterfaceAttribute", groupsParams(1, names));
    expect((await journey.opened()).status).toBe("Open");
  });

  it("ends up in both groups when an outsider replaces the list during the opening (P20)", async () => {
    const journey = await aJourney(awsMachine, { world: awsWorld(plain) });
    await journey.underJit();
    await outsider(
      journey.simulator,
      "ModifyNetworkInterfaceAttribute",
      groupsParams(1, ["app", "extra"]),
      "ModifyNetworkInterfaceAttribute",
    );
    const grant = await journey.opened();
    await journey.pass(30_000);
    expect((await journey.grant(grant.id)).status).toBe("Open");
    expect(whoGetsIn(journey)).toEqual([GUEST]);
    await journey.pass(600_000);
    expect(whoGetsIn(journey)).toEqual([]);
    const left = networkOf(journey.simulator);
    expect(left).toContain('"GroupName": "extra"');
    expect(left).not.toContain(grant.id);
  });

  it.each([
    "RevokeSecurityGroupIngress",
    "CreateSecurityGroup",
    "AuthorizeSecurityGroupIngress",
    "ModifyNetworkInterfaceAttribute",
    "DeleteSecurityGroup",
  ])("takes the lost answer of every %s for what it is (P26)", async (method) => {
    const journey = await aJourney(awsMachine, {
      world: awsWorld({ ...plain, groups: { ...plain.groups, app: [["tcp", "0-100", "192.0.2.0/24"], web] } }),
    });
    const original = networkOf(journey.simulator);
    const fault = Fault.parse({ match: { cloud: "aws", method }, times: 20, effect: { kind: "lose-reply" } });
    expect(journey.simulator.control.setFaults([fault])).toBeUndefined();
    expect((await journey.underJit()).lockdown).toMatchObject({ status: "Locked" });
    const grant = await journey.opened();
    expect(grant.status).toBe("Open");
    expect(whoGetsIn(journey)).toEqual([GUEST]);
    await journey.pass(600_000);
    expect(await journey.grant(grant.id)).toMatchObject({ status: "Closed" });
    expect(whoGetsIn(journey)).toEqual([]);
    await journey.removePolicy();
    expect(networkOf(journey.simulator)).toBe(original);
    const times = journey.cloudCalls.filter(({ what }) => what === method).length;
    // No more than without: a remainder below the port and one above it, the grant's rule, and what is given back.
    expect(times).toBeLessThanOrEqual(4);
  });

  it("is given back as a difference: what others wrote again stays as they wrote it (P21)", async () => {
    const journey = await aJourney(awsMachine, { world: awsWorld(plain) });
    await journey.underJit();
    await outsider(journey.simulator, "AuthorizeSecurityGroupIngress", {
      ...permitParams("app", 22, "192.0.2.0/24"),
      "IpPermissions.1.IpRanges.1.Description": "in a hurry",
    });
    await outsider(journey.simulator, "AuthorizeSecurityGroupIngress", permitParams("app", 9090, "192.0.2.0/24"));
    await journey.removePolicy();
    const left = networkOf(journey.simulator);
    expect(left).toContain("in a hurry");
    expect(left).not.toContain("for 192.0.2.0 24");
    expect(journey.getsIn(insider)).toBe(true);
    expect(journey.getsIn(insider, 9090)).toBe(true);
  });

  it("refuses to take a rule for every protocol apart unless it is asked to be strict, and says why (P44)", async () => {
    const groups = { app: [["-1", "*", "192.0.2.0/24"]] as const };
    const journey = await aJourney(awsMachine, { world: awsWorld({ groups, machines: [[["app"]]] }) });
    const { lockdown } = await journey.underJit();
    expect(lockdown).toMatchObject({ status: "Failed", reasons: [{ code: "network.any-protocol-rule" }] });
    expect(journey.getsIn(insider)).toBe(true);
    expect(writesOf(journey)).toBe(0);
  });
});
