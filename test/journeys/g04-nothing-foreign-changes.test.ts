import { createSimulator } from "@sallyport/simulator";
import { SOON_MS, aJourney } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import { GUEST, GUESTS, STRANGER, azureEstate, estates } from "./estates.ts";
import { edits, neighbourWrites } from "./neighbours.ts";
import { networkOf } from "./network-of.ts";

/** A policy, two grants of different lengths, and everything gone again; `meanwhile` happens while all of it stands. */
async function aWholeLife(journey: Journey, meanwhile: () => Promise<void> = async () => {}): Promise<void> {
  expect((await journey.underJit()).lockdown?.status).toBe("Locked");
  expect((await journey.opened({ duration: "PT5M" })).status).toBe("Open");
  expect((await journey.opened({ as: "carol", sources: [GUESTS, STRANGER] })).status).toBe("Open");
  await meanwhile();
  await journey.pass(600_000);
  expect(journey.getsIn(GUEST)).toBe(false);
  await journey.removePolicy();
  expect((await journey.showVm()).lockdown?.status).toBe("Unlocked");
}

/** The same world as it is now, where nobody but the neighbours will ever write. */
const aTwin = ({ simulator, clock }: Journey) =>
  createSimulator({ world: structuredClone(simulator.documents()), clock, auth: false });

describe.each(estates)("G4 · nothing that is not ours changes, on %s", (cloud, estate) => {
  it("leaves the network as it was, to the byte, after the last grant and the lockdown", async () => {
    const journey = await aJourney(estate);
    const before = networkOf(journey.simulator);
    await aWholeLife(journey, async () => {
      expect(networkOf(journey.simulator)).not.toBe(before);
    });
    expect(networkOf(journey.simulator)).toBe(before);
    expect(journey.getsIn(estate.insider)).toBe(true);
  });

  it("keeps what others changed meanwhile, and nothing else is different", async () => {
    const theirs = edits(cloud, { source: "10.9.0.0/16", port: 8080 });
    const journey = await aJourney(estate);
    const untouched = await aTwin(journey);
    await aWholeLife(journey, () => neighbourWrites(journey.simulator, theirs));
    await neighbourWrites(untouched, theirs);
    expect(networkOf(journey.simulator)).toBe(networkOf(untouched));
  });

  it("survives a neighbour's edit between its own reading and writing", async () => {
    const theirs = edits(cloud, { source: "10.9.0.0/16", port: 8080, priority: 100 });
    const journey = await aJourney(estate);
    const untouched = await aTwin(journey);
    await journey.underJit();
    for (const edit of theirs)
      await journey.simulator.control.outsider({
        edit,
        duringNextWriteTo: edit.cloud === "azure" ? (edit.path.split("/securityRules")[0] ?? "") : "eni-",
      });
    expect((await journey.opened()).status).toBe("Open");
    expect(journey.getsIn(GUEST)).toBe(true);
    await journey.pass(600_000);
    await journey.removePolicy();
    await neighbourWrites(untouched, theirs);
    expect(networkOf(journey.simulator)).toBe(networkOf(untouched));
  });

  it("leaves the other ports of the VM, and every other VM, as they are at every moment", async () => {
    const journey = await aJourney(estate);
    const { control } = journey.simulator;
    const others = [
      { vm: estate.vm, port: 443, source: STRANGER },
      ...(estate.neighbour === undefined ? [] : [{ vm: estate.neighbour, port: 22, source: estate.insider }]),
    ];
    for (const other of others) control.exposeIntervals(other);
    await aWholeLife(journey);
    for (const other of others) expect(control.exposeIntervals(other)).toEqual([{ from: expect.any(String) }]);
  });
});

describe("G4 · on azure", () => {
  it("writes rules of its own and no others", async () => {
    const journey = await aJourney(azureEstate);
    await aWholeLife(journey);
    const ours = journey.simulator.control.history().filter(({ caller }) => caller.id !== "outsider");
    expect(ours.length).toBeGreaterThan(0);
    for (const { object } of ours) expect(object).toMatch(/\/securityrules\/sallyport-/i);
  });
});

describe("G4 · the removal of a policy", () => {
  it.each(estates)(
    "on %s ends the grants that still run on it, and only then is the network as it was",
    async (_, estate) => {
      const journey = await aJourney(estate);
      const before = networkOf(journey.simulator);
      await journey.underJit();
      const { id } = await journey.opened({ duration: "PT2H" });
      await journey.removePolicy();
      await journey.pass(SOON_MS);
      expect(await journey.grant(id)).toMatchObject({ status: "Closed", receipt: { reason: "policy-removed" } });
      expect(networkOf(journey.simulator)).toBe(before);
    },
  );
});
