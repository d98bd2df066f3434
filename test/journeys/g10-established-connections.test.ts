import { SURVEY_MS } from "./a-system.ts";
import { SOON_MS, aJourney } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import { GUEST, STRANGER, awsEstate, azureEstate, estates } from "./estates.ts";

function connect(journey: Journey, source: string): () => "established" | "cut" {
  const { control } = journey.simulator;
  const answer = control.openFlow({ vm: journey.vm, port: 22, source });
  if (!("flow" in answer)) throw new Error(JSON.stringify(answer));
  const { id } = answer.flow;
  return () => control.flow(id)?.state ?? "cut";
}

describe.each(estates)("G10 · established connections are not interrupted, on %s", (_, estate) => {
  it("says so beforehand, and lets a session that a grant let in outlive it", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const asked = await journey.ask();
    expect(asked.body.grants[0].closing.sessions).toBe("kept");
    await journey.pass(SOON_MS);
    const session = connect(journey, GUEST);
    await journey.pass(600_000);
    expect(journey.getsIn(GUEST)).toBe(false);
    expect(session()).toBe("established");
  });

  it("keeps the sessions of a grant for everybody, too", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const { closing } = await journey.opened({ sources: ["0.0.0.0/0"] });
    expect(closing?.sessions).toBe("kept");
    const session = connect(journey, STRANGER);
    await journey.pass(600_000);
    expect(journey.getsIn(STRANGER)).toBe(false);
    expect(session()).toBe("established");
  });

  it("leaves the sessions of whom the lockdown shuts out, too", async () => {
    const journey = await aJourney(estate);
    const session = connect(journey, estate.insider);
    await journey.underJit();
    expect(journey.getsIn(estate.insider)).toBe(false);
    expect(session()).toBe("established");
  });
});

describe("G10 · where the cloud keeps no flow state", () => {
  it("says beforehand that a flushing NSG cuts sessions, and it does", async () => {
    const journey = await aJourney(azureEstate, { flush: true });
    expect((await journey.showVm()).closing.sessions).toBe("cut");
    await journey.underJit();
    const asked = await journey.ask();
    expect(asked.body.grants[0].closing).toMatchObject({
      sessions: "cut",
      because: expect.stringContaining("flushConnection"),
    });
    await journey.pass(SOON_MS);
    const session = connect(journey, GUEST);
    await journey.pass(600_000);
    expect(session()).toBe("cut");
    expect((await journey.showVm()).finding.warnings.join()).toContain("flushConnection");
  });

  it("says beforehand that EC2 does not track what a rule for everybody lets in, and its sessions are cut", async () => {
    const journey = await aJourney(awsEstate, { untracked: true });
    const { closing } = await journey.showVm();
    expect(closing.sessions).toBe("may-be-cut");
    expect(closing.because).toContain("does not track");
    const session = connect(journey, STRANGER);
    await journey.underJit();
    expect(journey.getsIn(STRANGER)).toBe(false);
    expect(session()).toBe("cut");
    await journey.pass(SURVEY_MS);
    expect((await journey.ask()).body.grants[0].closing.sessions).toBe("kept");
  });
});
