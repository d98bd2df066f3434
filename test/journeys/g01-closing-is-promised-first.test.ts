import { lane } from "@sallyport/contracts";
import { RECONCILED_MS, SOON_MS, aJourney, firstGrantOf } from "./a-journey.ts";
import { GUEST, estates } from "./estates.ts";

describe.each(estates)("G1 · no door opens before its closing is stored and scheduled, on %s", (cloud, estate) => {
  const closingJobs = (journey: Awaited<ReturnType<typeof aJourney>>) =>
    journey.store.read.all("SELECT wanted FROM jobs WHERE name = 'RevokeGrant'").map(({ wanted }) => wanted);

  it("finds the closing in the queue, due at the approved end, when the first write of an opening reaches the cloud", async () => {
    const seen: unknown[] = [];
    const journey = await aJourney(estate, {
      onCloudCall: ({ isWrite }, store) => {
        if (isWrite) seen.push(store.read.all("SELECT wanted FROM jobs WHERE name = 'RevokeGrant'"));
      },
    });
    await journey.underJit();
    const before = seen.length;
    const { notAfter = "" } = await journey.opened();
    expect(seen.length).toBeGreaterThan(before);
    expect(seen[before]).toEqual([{ wanted: Date.parse(notAfter) }]);
  });

  it("leaves a closed door and a job that does no harm, when the process dies right after the approval", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const openTimes = journey.watch(GUEST);
    const writes = journey.cloudCalls.filter(({ isWrite }) => isWrite).length;
    journey.holdAt(({ port, fn, args: [job] }) => port === "queue" && fn === "put" && isOpenGrant(job));
    const id = firstGrantOf(await journey.ask());
    await journey.pass(SOON_MS);
    journey.kill();
    expect(journey.held()).toBe(1);
    expect(await journey.outside.queue.waiting(lane("RevokeGrant", cloud))).toBe(1);
    expect(journey.getsIn(GUEST)).toBe(false);

    await journey.pass(3_600_000);
    await journey.start();
    await journey.pass(RECONCILED_MS);
    expect(await journey.grant(id)).toMatchObject({ status: "Failed", reasons: [{ code: "grant.too-late" }] });
    expect(closingJobs(journey)).toEqual([]);
    expect(openTimes()).toEqual([]);
    expect(journey.cloudCalls.filter(({ isWrite }) => isWrite)).toHaveLength(writes);
  });

  it("opens after all, and closes at the end, when the process is back in time", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    journey.holdAt(({ port, fn, args: [job] }) => port === "queue" && fn === "put" && isOpenGrant(job));
    const id = firstGrantOf(await journey.ask());
    await journey.pass(SOON_MS);
    journey.kill();
    await journey.start();
    await journey.pass(RECONCILED_MS);
    expect(await journey.grant(id)).toMatchObject({ status: "Open" });
    expect(journey.getsIn(GUEST)).toBe(true);
    await journey.pass(600_000);
    expect(await journey.grant(id)).toMatchObject({ status: "Closed" });
    expect(journey.getsIn(GUEST)).toBe(false);
  });
});

const isOpenGrant = (job: unknown): boolean =>
  typeof job === "object" && job !== null && "name" in job && job.name === "OpenGrant";
