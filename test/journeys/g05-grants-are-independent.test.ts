import { aJourney } from "./a-journey.ts";
import { GUEST, GUESTS, STRANGER, estates } from "./estates.ts";

const OTHER_GUEST = "198.51.100.200";

describe.each(estates)("G5 · grants are independent, on %s", (_, estate) => {
  it("lets two people with the same port and source in until the later end, whoever was first (P22)", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const openTimes = journey.watch(GUEST);
    const short = await journey.opened({ as: "alice", duration: "PT5M" });
    const long = await journey.opened({ as: "carol", duration: "PT20M" });
    await journey.pass(300_000);
    expect(await journey.grant(short.id)).toMatchObject({ status: "Closed" });
    expect(await journey.grant(long.id)).toMatchObject({ status: "Open" });
    await journey.pass(1_200_000);
    expect(await journey.grant(long.id)).toMatchObject({ status: "Closed" });
    const [open, ...others] = openTimes();
    expect(others).toEqual([]);
    expect(Date.parse(open?.to ?? "")).toBeGreaterThanOrEqual(Date.parse(long.expiresAt ?? ""));
  });

  it("never narrows a wider grant by closing a narrower one, and never leaves a wider one behind", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const narrow = await journey.opened({ sources: [GUEST], duration: "PT20M" });
    const wide = await journey.opened({ as: "carol", sources: [GUESTS], duration: "PT5M" });
    expect([GUEST, OTHER_GUEST, STRANGER].map((source) => journey.getsIn(source))).toEqual([true, true, false]);
    await journey.pass(300_000);
    expect(await journey.grant(wide.id)).toMatchObject({ status: "Closed" });
    expect([GUEST, OTHER_GUEST, STRANGER].map((source) => journey.getsIn(source))).toEqual([true, false, false]);
    await journey.pass(1_200_000);
    expect(await journey.grant(narrow.id)).toMatchObject({ status: "Closed" });
    expect(journey.getsIn(GUEST)).toBe(false);
  });

  it("opens many at once, each for its own source and end", async () => {
    const journey = await aJourney(estate);
    await journey.underJit({ ports: [{ port: 22, maxDuration: "PT12H" }] });
    const sources = [1, 2, 3, 4].map((n) => `198.51.100.${n}`);
    for (const [n, source] of sources.entries()) {
      const { status } = await journey.ask({ sources: [source], duration: `PT${5 + n}M` });
      expect(status).toBe(202);
    }
    await journey.pass(30_000);
    expect(sources.map((source) => journey.getsIn(source))).toEqual(sources.map(() => true));
    await journey.pass(300_000);
    for (const n of sources.keys()) {
      expect(sources.map((source) => journey.getsIn(source))).toEqual(sources.map((_source, m) => m > n));
      await journey.pass(60_000);
    }
    expect(journey.complaints).toEqual([]);
  });
});
