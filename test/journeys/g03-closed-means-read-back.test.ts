import { Fault } from "@sallyport/simulator";
import { SOON_MS, aJourney } from "./a-journey.ts";
import { APP_GROUP, GUEST, GUESTS, STRANGER, estates } from "./estates.ts";
import { edits, neighbourWrites } from "./neighbours.ts";

describe.each(estates)("G3 · closed means read back, on %s", (cloud, estate) => {
  it("states by a signed receipt what was read back, and that nobody gets in any more", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const { id } = await journey.opened();
    await journey.pass(600_000);
    const { receipt } = await journey.grant(id);
    expect(receipt).toMatchObject({ grantId: id, reason: "expired", stillOpen: [] });
    expect(receipt?.readBack.length).toBeGreaterThan(0);
    const [revoked] = await journey.told("sallyport.access.revoked.v1");
    expect(revoked && journey.signer.verifiesReceipt(revoked.data.receipt)).toBe(true);
  });

  it("names the other grant that still lets the same sources in", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const short = await journey.opened({ duration: "PT5M" });
    const long = await journey.opened({ as: "carol", sources: [GUESTS], duration: "PT20M" });
    await journey.pass(300_000);
    const { receipt } = await journey.grant(short.id);
    expect(receipt?.stillOpen).toMatchObject([{ port: 22, protocol: "tcp", sources: [GUESTS] }]);
    expect(receipt?.stillOpen[0]?.by).toContain(long.id);
  });

  it("names the foreign rule that still lets somebody in", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const { id } = await journey.opened({ duration: "PT4M" });
    await neighbourWrites(journey.simulator, edits(cloud, { source: `${STRANGER}/32`, port: 22 }));
    expect(journey.getsIn(STRANGER)).toBe(true);
    await journey.pass(240_000);
    const { receipt } = await journey.grant(id);
    expect(receipt?.stillOpen).toMatchObject([{ port: 22, sources: [`${STRANGER}/32`] }]);
    expect(receipt?.stillOpen[0]?.by).toContain(cloud === "azure" ? "neighbours-own" : APP_GROUP);
  });

  it("tells that access was revoked only once the cloud itself shows it, whatever the cloud did to the writes", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    await journey.opened();
    const atTheTelling: boolean[] = [];
    await journey.outside.bus.subscribe("bystander", ["sallyport.access"], async ({ type }) => {
      if (type === "sallyport.access.revoked.v1") atTheTelling.push(journey.getsIn(GUEST));
    });
    const trouble =
      cloud === "azure"
        ? [
            { match: { method: "DELETE" }, times: 2, effect: { kind: "supersede" } },
            { match: { method: "DELETE" }, effect: { kind: "lose-reply" } },
          ]
        : [
            { match: { method: "ModifyNetworkInterfaceAttribute" }, effect: { kind: "status", status: 503 } },
            { match: { method: "ModifyNetworkInterfaceAttribute" }, effect: { kind: "lose-reply" } },
            { match: { method: "DescribeNetworkInterfaces" }, times: 2, effect: { kind: "stale-read", forMs: 3_000 } },
          ];
    await journey.pass(600_000 - 2 * SOON_MS);
    journey.simulator.control.setFaults(trouble.map((fault) => Fault.parse(fault)));
    await journey.pass(60_000);
    expect(journey.simulator.control.pendingFaults()).toEqual([]);
    expect(atTheTelling).toEqual([false]);
  });
});
