import { Fault } from "@sallyport/simulator";
import { RECONCILED_MS, SOON_MS, aJourney } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import { GUEST, estates } from "./estates.ts";

/** How much later than promised the simulated clouds forget a door: their own write, and one turn of the loop. */
const WRITE_MS = 1_000;

describe.each(estates)("G2 · no door outlives its expiry, on %s", (cloud, estate) => {
  async function anOpenDoor(duration = "PT10M") {
    const journey = await aJourney(estate);
    await journey.underJit();
    const openTimes = journey.watch(GUEST);
    const grant = await journey.opened({ duration });
    expect(grant.status).toBe("Open");
    return { journey, openTimes, id: grant.id, expiresAt: Date.parse(grant.expiresAt ?? "") };
  }
  /** At first without a word on when to come back, then with one: so nothing is proved a thousand times. */
  const refuseEverything = (journey: Journey) =>
    journey.simulator.control.setFaults(
      [
        { match: { cloud }, times: 500, effect: { kind: "status", status: 503 } },
        { match: { cloud }, times: 1_000_000, effect: { kind: "status", status: 503, retryAfter: 60 } },
      ].map((fault) => Fault.parse(fault)),
    );

  it("closes at the instant that was promised, after the whole time that was asked for", async () => {
    const { journey, openTimes, id, expiresAt } = await anOpenDoor();
    await journey.pass(600_000 + SOON_MS);
    const [open, ...others] = openTimes();
    expect(others).toEqual([]);
    const closedAt = Date.parse(open?.to ?? "");
    expect(closedAt).toBeGreaterThanOrEqual(expiresAt);
    expect(closedAt).toBeLessThanOrEqual(expiresAt + WRITE_MS);
    expect(closedAt - Date.parse(open?.from ?? "")).toBeGreaterThanOrEqual(600_000);
    expect(await journey.grant(id)).toMatchObject({ status: "Closed", receipt: { reason: "expired" } });
  });

  it("closes as soon as it is back, when the process was down at that instant", async () => {
    const { journey, openTimes, id } = await anOpenDoor();
    journey.kill();
    await journey.pass(3_600_000);
    const backAt = Date.parse(journey.clock.now());
    await journey.start();
    await journey.pass(SOON_MS);
    expect(Date.parse(openTimes()[0]?.to ?? "")).toBeLessThanOrEqual(backAt + WRITE_MS);
    expect(await journey.grant(id)).toMatchObject({ status: "Closed" });
  });

  it("closes also when every job was lost, by looking at the rows", async () => {
    const { journey, openTimes, expiresAt } = await anOpenDoor();
    await journey.store.write((sql) => sql.run("DELETE FROM jobs", []));
    await journey.pass(600_000 + RECONCILED_MS);
    expect(Date.parse(openTimes()[0]?.to ?? "")).toBeLessThanOrEqual(expiresAt + RECONCILED_MS);
    expect(journey.getsIn(GUEST)).toBe(false);
  });

  it("closes although the cloud refuses for two hours, having said so once", async () => {
    const { journey, id } = await anOpenDoor();
    refuseEverything(journey);
    await journey.pass(600_000 + 7_200_000);
    expect(journey.getsIn(GUEST)).toBe(true);
    expect(await journey.grant(id)).toMatchObject({ status: "Open", overdue: true });
    const overdue = await journey.told("sallyport.access.overdue.v1");
    expect(overdue).toHaveLength(1);
    expect(overdue[0]?.data.lastFault).toMatch(/^(azure\.unavailable|aws\.throttled): /);

    journey.simulator.control.clearFaults();
    await journey.pass(60_000 + RECONCILED_MS);
    expect(journey.getsIn(GUEST)).toBe(false);
    expect(await journey.grant(id)).toMatchObject({ status: "Closed", overdue: false });
    expect(await journey.told("sallyport.access.overdue.v1")).toHaveLength(1);
  });

  it("closes although the process dies at its first write, and whoever comes next has to find out what became of it", async () => {
    const { journey, id } = await anOpenDoor();
    const { control } = journey.simulator;
    for (const method of ["DELETE", "ModifyNetworkInterfaceAttribute", "DeleteSecurityGroup"])
      control.setFaults([Fault.parse({ match: { cloud, method }, effect: { kind: "delay", ms: 60_000 } })]);
    await journey.pass(600_000);
    journey.kill();
    control.clearFaults();
    await journey.pass(120_000);
    await journey.start();
    await journey.pass(RECONCILED_MS);
    expect(journey.getsIn(GUEST)).toBe(false);
    expect(await journey.grant(id)).toMatchObject({ status: "Closed" });
  });
});
