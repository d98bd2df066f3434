import { setTimeout as sleep } from "node:timers/promises";
import type { ClockWatch } from "./clock-watch.ts";
import { collectFirstCalls } from "./first-calls.ts";
import type { Awaited } from "./first-calls.ts";
import { interleave } from "./interleave.ts";
import type { NoOps } from "./no-op-floor.ts";
import { openLoop } from "./open-loop.ts";
import { runInterleaved } from "./run-interleaved.ts";
import type { Interleaved } from "./run-interleaved.ts";
import type { SystemUnderTest } from "./system-under-test.ts";

export interface RevokeBench {
  readonly system: SystemUnderTest;
  readonly floor: NoOps;
  readonly clocks: ClockWatch;
  readonly perSecond: number;
  readonly blockSeconds: number;
  readonly pairs: number;
  /** How many grants a second the machine can open; they are opened before anything is measured. */
  readonly openPerSecond: number;
  readonly say: (line: string) => void;
}

/** Between two blocks: stragglers of the one must not meet the other. */
const GAP_MS = 2_500;

/** How late the first call of a revocation is, against a job that does nothing on the same Redis (R2). */
export async function benchRevokes(bench: RevokeBench): Promise<Interleaved> {
  const { system, floor, clocks, perSecond, blockSeconds, pairs, openPerSecond, say } = bench;
  const count = Math.max(10, Math.round(perSecond * blockSeconds));
  const blockMs = (count * 1000) / perSecond + GAP_MS;
  const sides = interleave(pairs);
  const grants = count * pairs;
  await system.recording.machinesAre("there");
  // The ends are fixed when the grants are asked for, so the whole schedule is.
  const begin = Date.now() + (grants / openPerSecond) * 1300 + 20_000;
  const duesOf = (block: number) =>
    Array.from({ length: count }, (_, i) => Math.round(begin + block * blockMs + (i * 1000) / perSecond));
  say(`bench: opening ${grants} grants, whose ends are then measured …`);
  const dues = sides.flatMap((side, block) => (side === "ours" ? duesOf(block) : []));
  const ends: (Awaited & { readonly since: number })[] = dues.map((since, n) => ({ vm: n % system.machines, since }));
  await openLoop({ perSecond: openPerSecond, count: grants }, async (n) => {
    const end = ends[n];
    if (end !== undefined) await system.ask(end.vm, { endTime: new Date(end.since).toISOString() });
  });
  await sleep(Math.max(0, begin - 5_000 - Date.now()));
  await system.recording.machinesAre("gone");

  let block = 0;
  return runInterleaved(pairs, clocks, async (side) => {
    const own = duesOf(block);
    const from = begin + block * blockMs;
    block += 1;
    if (Date.now() > from) throw new Error("the grants were opened too slowly for the schedule of their ends");
    await sleep(Math.max(0, from - 400 - Date.now()));
    if (side === "floor") return Promise.all(own.map((due) => floor.at(due)));
    await system.recording.take();
    await sleep(Math.max(0, (own.at(-1) ?? 0) - Date.now()));
    const awaited = ends.filter(({ since }) => since >= from && since < from + blockMs - GAP_MS / 2);
    return collectFirstCalls(system.recording, awaited, { of: ({ wallMs }) => wallMs });
  });
}
