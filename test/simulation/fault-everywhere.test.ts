import { SallyportError } from "@sallyport/contracts";
import type { Gate } from "@sallyport/backbone";
import { createFaults, createVirtualClock } from "@sallyport/testkit";
import type { FaultKind } from "@sallyport/testkit";
import { oneLife, sayRun } from "./one-life.ts";

/** `again` of these would be a second subscriber, not a second call. */
const STANDING = ["subscribe", "work"];

/** The `n`-th call that this can happen to meets its fault; says whether there was one. */
function faultAt(
  kind: FaultKind,
  n: number,
  on: (name: string) => boolean,
): { gate: Gate; struck: () => string | undefined } {
  let nth = 0;
  const { gate, story } = createFaults({
    clock: createVirtualClock(),
    decide: ({ port, fn }) => (on(`${port}.${fn}`) && (nth += 1) === n ? kind : undefined),
  });
  return {
    struck: () => story[0],
    gate: async (call) => {
      try {
        return await gate(call);
      } catch (fault) {
        if (call.port !== "cloud") throw fault;
        throw new SallyportError({ code: "azure.unavailable", detail: "no answer", cause: fault });
      }
    },
  };
}

describe.each<{ kind: FaultKind; means: string; on: (name: string) => boolean; least: number }>([
  { kind: "refuse", means: "a call is refused for the moment", on: () => true, least: 150 },
  { kind: "lose-reply", means: "a call is made, and its answer lost", on: () => true, least: 150 },
  { kind: "lose", means: "a job is lost although it was acknowledged", on: (name) => name === "queue.put", least: 5 },
  {
    kind: "repeat",
    means: "a call, a message or a job comes twice",
    on: (name) => !STANDING.includes(name.split(".")[1] ?? "") || name.endsWith("handler"),
    least: 140,
  },
])("the life of one grant, when $means", ({ kind, on, least }) => {
  it(`ends closed, told once and owing nothing, wherever it happens, at each of at least ${least} places`, async () => {
    const wrong: string[] = [];
    let places = 0;
    for (;;) {
      const { gate, struck } = faultAt(kind, places + 1, on);
      const life = await oneLife({ faults: gate, forgetful: kind === "lose" });
      const what = struck();
      if (what === undefined) break;
      places += 1;
      const line = sayRun(`${places}: ${what}`, life);
      if (line !== undefined) wrong.push(line);
    }
    expect(wrong).toEqual([]);
    expect(places).toBeGreaterThanOrEqual(least);
  });
});
