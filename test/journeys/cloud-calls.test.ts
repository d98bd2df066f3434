import type { CloudCall } from "./wires.ts";
import { SOON_MS, aJourney } from "./a-journey.ts";
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

async function costOf(journey: Journey, step: () => Promise<unknown>): Promise<Cost> {
  const before = journey.cloudCalls.length;
  await step();
  const calls = journey.cloudCalls.slice(before);
  return {
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

/** Opening and closing one grant, with nothing else going on. */
async function oneGrant(estate: Estate) {
  const journey = await aJourney(estate);
  await journey.underJit();
  const opening = await costOf(journey, async () =>
    expect((await journey.opened({ duration: "PT2M" })).status).toBe("Open"),
  );
  const closing = await costOf(journey, () => journey.pass(120_000 + SOON_MS));
  return { opening, closing };
}

describe("the calls of a cloud that one grant takes (docs/decisions/0004-cloud-calls.md)", () => {
  it("are on Azure, with an NSG on both levels, at most two writes to open and two to close, and a bounded number of reads", async () => {
    const { opening, closing } = await oneGrant(azureEstate);
    // One look at a path with an NSG on both levels: the VM, its interface, network and public address, and two NSGs.
    const look = 6;
    expect(above(opening, { writes: 2, polls: 2, reads: 4 * look })).toEqual([]);
    expect(above(closing, { writes: 2, polls: 2, reads: 2 * look })).toEqual([]);
  });

  it("are on AWS at most three writes to open and two to close, and a bounded number of reads", async () => {
    const { opening, closing } = await oneGrant(awsEstate);
    expect(above(opening, { writes: 3, polls: 0, reads: 39 })).toEqual([]);
    expect(above(closing, { writes: 2, polls: 0, reads: 33 })).toEqual([]);
  });
});
