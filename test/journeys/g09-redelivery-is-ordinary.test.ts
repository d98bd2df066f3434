import type { Gate } from "@sallyport/backbone";
import { RECONCILED_MS, SOON_MS, aJourney, firstGrantOf } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import { GUEST, estates } from "./estates.ts";
import type { Estate } from "./estates.ts";
import { networkOf } from "./network-of.ts";

/** Every message and every job comes twice. */
const twice: Gate = ({ fn, phase }) => (phase === "before" && fn.endsWith(".handler") ? "again" : undefined);

/** A policy, a grant that ends by itself, one that is given back, one that is extended, and the policy removed. */
async function aLife(estate: Estate, options: Parameters<typeof aJourney>[1], times: number) {
  const journey = await aJourney(estate, options);
  const before = networkOf(journey.simulator);
  const openTimes = journey.watch(GUEST);
  const repeated = async (call: () => ReturnType<Journey["call"]>) => {
    const first = await call();
    for (let n = 1; n < times; n += 1) await call();
    return first;
  };
  await journey.underJit();
  const opened = async () => {
    const key = crypto.randomUUID();
    const id = firstGrantOf(await repeated(() => journey.ask({ key })));
    await journey.pass(SOON_MS);
    return id;
  };
  const ended = await opened();
  await journey.pass(600_000);
  const givenBack = await opened();
  await repeated(() => journey.call("alice", "DELETE", `/v1/grants/${givenBack}`));
  await journey.pass(SOON_MS);
  const extended = await opened();
  const key = crypto.randomUUID();
  await repeated(() =>
    journey.call("alice", "POST", `/v1/grants/${extended}/extend`, {
      headers: { "idempotency-key": key },
      body: { duration: "PT10M" },
    }),
  );
  await journey.pass(1_200_000);
  const statuses: string[] = [];
  for (const id of [ended, givenBack, extended]) statuses.push((await journey.grant(id)).status);
  await journey.removePolicy();
  await journey.pass(RECONCILED_MS);
  const events = await journey.events();
  return {
    statuses,
    told: events.map(({ type }) => type).toSorted(),
    ids: new Set(events.map(({ id }) => id)).size,
    openings: openTimes().length,
    writes: journey.cloudCalls.filter(({ isWrite }) => isWrite).length,
    isAsBefore: networkOf(journey.simulator) === before,
  };
}

describe.each(estates)("G9 · redelivery is ordinary, on %s", (_, estate) => {
  it("has one effect of every message, job and HTTP request that comes twice", async () => {
    const once = await aLife(estate, {}, 1);
    expect(once).toMatchObject({ statuses: ["Closed", "Closed", "Closed"], openings: 3, isAsBefore: true });
    expect(once.told).toHaveLength(once.ids);
    expect(await aLife(estate, { gate: twice }, 2)).toEqual(once);
  });

  it("has one effect of the whole log read again", async () => {
    const journey = await aJourney(estate);
    await journey.underJit();
    const { id } = await journey.opened();
    const replayAll = async () => {
      const all = await journey.events();
      const writes = journey.cloudCalls.filter(({ isWrite }) => isWrite).length;
      await journey.outside.bus.publish(all);
      await journey.pass(RECONCILED_MS);
      expect(journey.cloudCalls.filter(({ isWrite }) => isWrite)).toHaveLength(writes);
      expect(new Set((await journey.events()).map((event) => event.id))).toEqual(new Set(all.map((event) => event.id)));
    };
    await replayAll();
    expect(await journey.grant(id)).toMatchObject({ status: "Open" });
    expect(journey.getsIn(GUEST)).toBe(true);
    await journey.pass(600_000);
    await replayAll();
    expect(await journey.grant(id)).toMatchObject({ status: "Closed" });
    expect(journey.getsIn(GUEST)).toBe(false);
  });
});
