import type { ClockWatch } from "./clock-watch.ts";
import { collectFirstCalls } from "./first-calls.ts";
import type { Awaited } from "./first-calls.ts";
import { openLoop } from "./open-loop.ts";
import { runInterleaved } from "./run-interleaved.ts";
import type { Interleaved } from "./run-interleaved.ts";
import type { SystemUnderTest } from "./system-under-test.ts";
import type { TwoHops } from "./two-hop-floor.ts";

export interface RequestBench {
  readonly system: SystemUnderTest;
  readonly floor: TwoHops;
  readonly clocks: ClockWatch;
  readonly perSecond: number;
  readonly blockSeconds: number;
  readonly pairs: number;
  /** `call`: to the first call at the cloud, which then says that the machine is gone; `write`: to the rule, of a life in full. */
  readonly until: "call" | "write";
}

/** HTTP request → what it makes the cloud see, against two plain hops of the same broker (R1, R1b). */
export async function benchRequests(bench: RequestBench): Promise<Interleaved> {
  const { system, floor, clocks, perSecond, blockSeconds, pairs, until } = bench;
  const count = Math.max(10, Math.round(perSecond * blockSeconds));
  await system.recording.machinesAre(until === "call" ? "gone" : "there");
  let turn = 0;
  const ours = async (): Promise<readonly number[]> => {
    const awaited: Awaited[] = [];
    await openLoop({ perSecond, count }, async () => {
      const vm = turn % system.machines;
      turn += 1;
      awaited.push({ vm, since: await system.ask(vm, { duration: "PT8H" }) });
    });
    return collectFirstCalls(system.recording, awaited, {
      of: ({ machineMs }) => machineMs,
      ...(until === "write" && { only: ({ method }) => method === "PUT" }),
    });
  };
  const hops = async (): Promise<readonly number[]> => {
    const latencies: number[] = [];
    await openLoop({ perSecond, count }, async (n) => {
      latencies.push(await floor.send(`vm-${n % system.machines}`));
    });
    return latencies;
  };
  return runInterleaved(pairs, clocks, (side) => (side === "ours" ? ours() : hops()));
}
