import type { CloudCall } from "./wires.ts";
import { SOON_MS, aJourney, firstGrantOf } from "./a-journey.ts";
import type { Journey } from "./a-journey.ts";
import { awsEstate, azureEstate } from "./estates.ts";
import type { Estate } from "./estates.ts";

/** What one grant costs, by kind of call; polls of an operation that was written are counted by themselves. */
interface Cost {
  readonly writes: number;
  readonly polls: number;
  readonly reads: number;
}

const isPoll = ({ what }: CloudCall) =>
  /\/operations?\//i.test(what) || /operationStatuses|operationResults/i.test(what);

async function costOf(
  journey: Journey,
  step: () => Promise<unknown>,
): Promise<Cost & { readonly calls: readonly CloudCall[] }> {
  const before = journey.cloudCalls.length;
  await step();
  const calls = journey.cloudCalls.slice(before);
  return {
    calls,
    writes: calls.filter(({ isWrite }) => isWrite).length,
    polls: calls.filter((call) => !call.isWrite && isPoll(call)).length,
    reads: calls.filter((call) => !call.isWrite && !isPoll(call)).length,
  };
}

/** What is above its bound. */
const above = (cost: Cost, bound: Cost): readonly string[] =>
  (["writes", "polls", "reads"] as const).flatMap((kind) =>
    cost[kind] > bound[kind] ? [`${cost[kind]} ${kind}, ${bound[kind]} at most`] : [],
  );

/** Opening and closing one grant, with nothing else going on; and what the grant itself says it has cost. */
async function oneGrant(estate: Estate) {
  const journey = await aJourney(estate);
  await journey.underJit();
  let id = "";
  const { calls: openingCalls, ...opening } = await costOf(journey, async () => {
    const grant = await journey.opened({ duration: "PT2M" });
    expect(grant.status).toBe("Open");
    ({ id } = grant);
  });
  const { calls: closingCalls, ...closing } = await costOf(journey, () => journey.pass(120_000 + SOON_MS));
  const calls = { opening: openingCalls, closing: closingCalls };
  const grant = await journey.grant(id);
  expect(grant.status).toBe("Closed");
  expect(grant.cloudCalls).toEqual({ opening, closing });
  return { opening, closing, calls };
}

/** On AWS an interface is in five groups at most, and in one of them already. */
const TOGETHER = { azure: 10, aws: 4 } as const;

/** Several grants on one VM, asked for at once and ending at once. */
async function severalGrants(estate: Estate) {
  const journey = await aJourney(estate);
  await journey.underJit();
  const guests = Array.from({ length: TOGETHER[estate.cloud] }, (_, n) => `198.51.100.${n + 1}`);
  let ids: readonly string[] = [];
  const opening = await costOf(journey, async () => {
    const asked = await Promise.all(guests.map((guest) => journey.ask({ sources: [guest], duration: "PT3M" })));
    await journey.pass(60_000);
    ids = asked.map(firstGrantOf);
    expect(guests.filter((guest) => !journey.getsIn(guest))).toEqual([]);
  });
  // Over before anybody looks again at the lockdown, or at everything.
  const closing = await costOf(journey, () => journey.pass(180_000));
  const grants = await Promise.all(ids.map((id) => journey.grant(id)));
  expect(new Set(grants.map(({ status }) => status))).toEqual(new Set(["Closed"]));
  expect(guests.filter((guest) => journey.getsIn(guest))).toEqual([]);
  const told = (phase: "opening" | "closing") =>
    grants.reduce((sum, { cloudCalls }) => sum + (cloudCalls?.[phase]?.writes ?? 0), 0);
  return { opening, closing, told: { opening: told("opening"), closing: told("closing") } };
}

describe("the calls of a cloud that one grant takes (docs/decisions/0004-cloud-calls.md)", () => {
  it("are on Azure, with an NSG on both levels, at most two writes to open and two to close, and a bounded number of reads", async () => {
    const { opening, closing } = await oneGrant(azureEstate);
    // Two whole looks, and one at the two NSGs in each of the two turns. One look at a path with an NSG on both levels: the VM, its interface, network and public address, and two NSGs.
    const look = 6;
    // And of its network, once a minute, the security admin rules.
    const admin = 1;
    expect(above(opening, { writes: 2, polls: 2, reads: 2 * look + 4 + admin })).toEqual([]);
    expect(above(closing, { writes: 2, polls: 2, reads: 2 * look + admin })).toEqual([]);
  });

  it("are on AWS three writes and ten reads to open, two writes and nine reads to close, and none of them more than six times", async () => {
    const { opening, closing, calls } = await oneGrant(awsEstate);
    // Two whole looks: the interfaces of the VM, their groups, and who else is in these. Between them the list of groups of the
    // interface, right before it is replaced and right after.
    const look = 3;
    const list = 2;
    // To open, whether the VM is there, in each look; closed, the group is looked for by its name, since it is nowhere attached.
    expect(opening).toEqual({ writes: 3, polls: 0, reads: 2 * look + list + 2 });
    expect(closing).toEqual({ writes: 2, polls: 0, reads: 2 * look + list + 1 });
    // EC2 rations each action by itself.
    for (const phase of [calls.opening, calls.closing])
      expect(Math.max(...phase.map((one) => phase.filter(({ what }) => what === one.what).length))).toBe(6);
  });

  it("are fewer for ten at once on one VM on Azure: they share their looks, and no write is paid twice", async () => {
    const { opening, closing, told } = await severalGrants(azureEstate);
    expect(above(opening, { writes: 20, polls: 20, reads: 101 })).toEqual([]);
    expect(above(closing, { writes: 20, polls: 20, reads: 100 })).toEqual([]);
    expect(told).toEqual({ opening: opening.writes, closing: closing.writes });
  });

  it("are no more for four at once on one VM on AWS than for each alone, where each has a group of its own", async () => {
    const { opening, closing, told } = await severalGrants(awsEstate);
    expect(above(opening, { writes: 12, polls: 0, reads: 40 })).toEqual([]);
    expect(above(closing, { writes: 8, polls: 0, reads: 36 })).toEqual([]);
    expect(told.opening).toBeCloseTo(opening.writes, 0);
    expect(told.closing).toBeCloseTo(closing.writes, 0);
  });
});
