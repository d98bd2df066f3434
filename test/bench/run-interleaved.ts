import { setTimeout as sleep } from "node:timers/promises";
import type { ClockWatch } from "./clock-watch.ts";
import { interleave, pairUp } from "./interleave.ts";
import type { Side } from "./interleave.ts";

export interface Interleaved {
  readonly pairs: readonly { readonly ours: readonly number[]; readonly floor: readonly number[] }[];
  /** Blocks in which the machine's clocks parted. */
  readonly dropped: number;
}

/** What a block has set going comes to its end before the other side begins. */
const REST_MS = 1_500;

/** Runs blocks of both sides in turn, ABBA. `block` measures one and resolves with its samples. */
export async function runInterleaved(
  pairs: number,
  clocks: ClockWatch,
  block: (side: Side) => Promise<readonly number[]>,
): Promise<Interleaved> {
  const blocks: { readonly side: Side; readonly block: readonly number[] | undefined }[] = [];
  for (const side of interleave(pairs)) {
    await sleep(REST_MS);
    clocks.wasDisturbed();
    const samples = await block(side);
    blocks.push({ side, block: clocks.wasDisturbed() ? undefined : samples });
  }
  return { pairs: pairUp(blocks), dropped: blocks.filter(({ block: samples }) => samples === undefined).length };
}
