import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { rateFigure } from "./contest.ts";
import type { Figure } from "./figure.ts";

const Size = z.object({
  size: z.number(),
  ours: z.array(z.number()),
  floor: z.array(z.number()),
  rssMb: z.number(),
});
type Size = z.infer<typeof Size>;

const run = promisify(execFile);
const LONGEST_MS = 900_000;

/** One size in a process of its own, over what was built, as it is deployed. */
async function measure(size: number): Promise<Size> {
  const { stdout } = await run(
    process.execPath,
    ["--import", "tsx", join(import.meta.dirname, "scan-size.ts"), `${size}`],
    {
      timeout: LONGEST_MS,
      maxBuffer: 64 << 20,
    },
  );
  return Size.parse(JSON.parse(stdout));
}

const rounded = (value: number, digits = 0): number => Number(value.toFixed(digits));

/** In VMs per second; the floor is bare `JSON.parse` of the same bytes. */
const rateOf = ({ size, ours, floor }: Size): Figure => rateFigure("R4", `${size} VMs, in VMs/s`, ours, floor);

/** Peak memory, in MB, against that of a tenth of the VMs. */
function memoryOf(large: Size, small: Size): Figure {
  const of = ({ rssMb }: Size) => ({ p50: rounded(rssMb), p99: rounded(rssMb) });
  const ratio = rounded(large.rssMb / small.rssMb, 2);
  return {
    figure: "R4 memory",
    at: `${large.size} against ${small.size} VMs, in MB`,
    ours: of(large),
    floor: of(small),
    ratio: { p50: ratio, p99: ratio },
    n: 1,
  };
}

/** Scans estates of subscriptions of a thousand VMs each, from the bytes of ARM's lists to findings and exposure. */
export async function benchScan(sizes: readonly number[], note: (figure: Figure) => void): Promise<void> {
  let smaller: Size | undefined;
  for (const size of sizes) {
    const measured = await measure(size);
    note(rateOf(measured));
    if (smaller !== undefined) note(memoryOf(measured, smaller));
    smaller = measured;
  }
}
