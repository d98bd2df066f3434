import { PoliciesView } from "@sallyport/contracts";
import { aJourney, SOON_MS } from "./a-journey.ts";
import { GUEST, azureEstate, estates } from "./estates.ts";

const policy = { ports: [{ port: 22, allowedSources: ["198.51.100.0/24"], maxDuration: "PT3H" }] };

describe.each(estates)("many VMs at once, on %s", (cloud, estate) => {
  it("are planned first without a write, then enabled, and what is written is what was planned", async () => {
    const journey = await aJourney(estate);
    const enable = async (query = "") => {
      const { body } = await journey.call("ada", "POST", `/v1/policies${query}`, {
        body: { filter: { cloud, tab: "NotConfigured" }, policy: { ...policy, lockdown: { sharedGroups: "clone" } } },
        headers: { "idempotency-key": crypto.randomUUID() },
      });
      return PoliciesView.parse(body);
    };
    const before = journey.cloudCalls.length;
    const planned = await enable("?dryRun=true");
    expect(await journey.told("sallyport.policy.configured.v1")).toEqual([]);
    expect(journey.cloudCalls.length).toBe(before);
    expect(journey.getsIn(estate.insider)).toBe(true);
    const plan = planned.items.find(({ vm }) => vm === journey.vm)?.plan;
    expect(plan).toMatchObject({ warnings: [], refusals: [] });
    expect(plan?.changes.length).toBeGreaterThan(0);

    const enabled = await enable();
    expect(enabled.items.map(({ vm, result }) => [vm, result])).toEqual(
      planned.items.map(({ vm, result }) => [vm, result]),
    );
    await journey.pass(SOON_MS);
    expect(journey.getsIn(estate.insider)).toBe(false);
    const locked = (await journey.told("sallyport.lockdown.locked.v1")).find(({ subject }) => subject === journey.vm);
    const objects = new Set(locked?.data.lockdown.objects);
    expect([...new Set(plan?.changes.map(({ object }) => object))].toSorted()).toEqual([...objects].toSorted());
    expect((await enable()).items).toEqual([]);
  });
});

describe("a plan for many VMs", () => {
  it("tells of a rule that would let somebody in all the same, by the rule's name", async () => {
    const journey = await aJourney(azureEstate, { rules: [["allow-jump", "Allow", 100, ["22"], "192.0.2.77", {}]] });
    const { body } = await journey.call("ada", "POST", "/v1/policies?dryRun=true", {
      body: { vms: [journey.vm], policy },
      headers: { "idempotency-key": crypto.randomUUID() },
    });
    const [item] = PoliciesView.parse(body).items;
    expect(item?.plan?.warnings).toMatchObject([{ code: "not-effective", detail: expect.stringContaining("22/tcp") }]);
    expect(item?.plan?.warnings[0]?.object).toContain("allow-jump");
  });
});

describe.each(estates)("a scope that is withdrawn, on %s", (_cloud, estate) => {
  it("lets nothing new open, closes what is open in its time, and keeps its lockdown until the policy goes", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    await journey.opened({ duration: "PT1H" });
    const scope = (await journey.showVm()).scope;
    expect((await journey.call("ada", "DELETE", `/v1/scopes/${encodeURIComponent(scope)}`)).status).toBe(204);
    await journey.pass(SOON_MS);
    expect((await journey.showVm()).finding).toMatchObject({ status: "NotEvaluated", reasonCode: "NOT_ENROLLED" });
    expect((await journey.ask()).body).toMatchObject({ code: "scope.not-enrolled" });
    expect(journey.getsIn(GUEST)).toBe(true);
    await journey.pass(3_700_000);
    expect(journey.getsIn(GUEST)).toBe(false);
    expect(journey.getsIn(estate.insider)).toBe(false);
    await journey.removePolicy();
    expect(journey.getsIn(estate.insider)).toBe(true);
  });
});
