import { SURVEY_MS } from "./a-system.ts";
import { SOON_MS, aJourney } from "./a-journey.ts";
import { GUEST, STRANGER, awsEstate, azureEstate, estates } from "./estates.ts";
import { edits, neighbourWrites } from "./neighbours.ts";

describe.each(estates)("G7 · every refusal says why, on %s", (_, estate) => {
  const policy = { ports: [{ port: 22, allowedSources: ["198.51.100.0/24"], maxDuration: "PT2H" }] };

  it.each([
    ["a port the policy does not cover", { ports: [3389] }, "policy.port-not-covered", "/ports/0"],
    ["a source the policy does not allow", { sources: [STRANGER] }, "policy.source-not-covered", "/sources"],
    ["more time than the policy allows", { duration: "PT3H" }, "policy.duration-too-long", "/duration"],
    ["less time than can be asked for", { duration: "PT5S" }, "policy.duration-too-short", "/duration"],
  ])("refuses %s at once, naming the field and what would be accepted", async (_what, asked, code, field) => {
    const journey = await aJourney(estate);
    await journey.underJit(policy);
    const { status, body } = await journey.ask(asked);
    expect([status, body.code]).toEqual([422, code]);
    expect(body.errors).toMatchObject([{ code, field, expected: expect.any(String) }]);
    expect(await journey.told("sallyport.access.requested.v1")).toEqual([]);
  });

  it("refuses a VM without a policy, and says that it needs one", async () => {
    const journey = await aJourney(estate);
    const { status, body } = await journey.ask();
    expect([status, body.code]).toEqual([409, "policy.none"]);
    expect(body.detail).toContain("Configure a policy first");
  });
});

describe("G7 · what the network does not allow is refused by name, on azure", () => {
  const ssh = ["allow-ssh", "Allow", 1000, "22", "*"] as const;

  it("says that a lockdown is not effective, names the rule that lets everybody in, and is never silent about it (P1, S12)", async () => {
    const journey = await aJourney(azureEstate, { rules: [ssh] });
    const vm = await journey.underJit();
    expect(vm.lockdown?.status).toBe("NotEffective");
    expect(vm.lockdown?.shadows.map(({ by }) => by).join()).toContain("allow-ssh");
    expect(journey.getsIn(STRANGER)).toBe(true);
    const [locked] = await journey.told("sallyport.lockdown.locked.v1");
    expect(locked?.data.effective).toBe(false);
    await journey.pass(SURVEY_MS);
    const { finding } = await journey.showVm();
    expect(finding.warnings.join()).toContain("allow-ssh");
    expect(finding.evidence.map(({ object }) => object).join()).toContain("allow-ssh");
  });

  it("closes it all the same, where the policy wants the lockdown strict", async () => {
    const journey = await aJourney(azureEstate, { rules: [ssh] });
    const vm = await journey.underJit({ lockdown: { precedence: "strict" } });
    expect(vm.lockdown).toMatchObject({ status: "Locked", shadows: [] });
    expect(journey.getsIn(STRANGER)).toBe(false);
    expect(vm.finding.warnings.join()).not.toContain("allow-ssh");
    expect((await journey.opened()).status).toBe("Open");
    expect([GUEST, STRANGER].map((source) => journey.getsIn(source))).toEqual([true, false]);
  });

  it("refuses to open where a foreign rule denies before any of ours could allow, and writes nothing", async () => {
    const journey = await aJourney(azureEstate);
    await journey.underJit();
    const theirs = edits("azure", { source: "*", port: 22, access: "Deny", priority: 100, name: "by-order" });
    await neighbourWrites(journey.simulator, theirs);
    const writes = journey.cloudCalls.filter(({ isWrite }) => isWrite).length;
    const failed = await journey.opened();
    expect(failed.status).toBe("Failed");
    expect(failed.reasons[0]?.code).toMatch(/^network\./);
    expect(JSON.stringify(failed.reasons)).toContain("by-order");
    expect(journey.cloudCalls.filter(({ isWrite }) => isWrite)).toHaveLength(writes);
    const [event] = await journey.told("sallyport.access.failed.v1");
    expect(event?.data.reasons[0]?.code).toBe(failed.reasons[0]?.code);
  });

  it("refuses a policy on a VM that no NSG protects, and says what to do first", async () => {
    const journey = await aJourney(azureEstate, { unguarded: true });
    const { status, body } = await journey.call("ada", "PUT", `/v1/vms/${journey.vmKey}/policy`, {
      body: { ports: [{ port: 22 }] },
    });
    expect([status, body.code]).toEqual([409, "network.no-nsg"]);
    expect(body.detail).toContain("Associate an NSG");
  });
});

describe("G7 · what the network does not allow is refused by name, on aws", () => {
  it("refuses a grant for which no security group is left to attach, naming the quota, and writes nothing", async () => {
    const journey = await aJourney(awsEstate);
    await journey.underJit();
    for (const n of [1, 2, 3, 4]) expect((await journey.opened({ sources: [`198.51.100.${n}`] })).status).toBe("Open");
    const writes = journey.cloudCalls.filter(({ isWrite }) => isWrite).length;
    const failed = await journey.opened({ sources: ["198.51.100.5"] });
    expect(failed).toMatchObject({ status: "Failed", reasons: [{ code: "network.quota" }] });
    expect(journey.cloudCalls.filter(({ isWrite }) => isWrite)).toHaveLength(writes);
  });

  it("refuses to lock down a group that other interfaces share, and names it", async () => {
    const journey = await aJourney(awsEstate);
    await journey.simulator.control.outsider({
      edit: {
        cloud: "aws",
        region: "eu-central-1",
        action: "ModifyNetworkInterfaceAttribute",
        params: { NetworkInterfaceId: "eni-0000000000000c0f2", "SecurityGroupId.1": "sg-00000000000000c0a" },
      },
    });
    const { lockdown } = await journey.underJit();
    expect(lockdown).toMatchObject({ status: "Failed", reasons: [{ code: "network.shared-group" }] });
    expect(JSON.stringify(lockdown?.reasons)).toContain("sg-00000000000000c0a");
    await journey.pass(SOON_MS);
    expect(journey.getsIn(awsEstate.insider)).toBe(true);
  });
});
