// `npm run bench [-- --json] [-- --seconds N]`: the figures of performance.md §3 that this system aims at.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchAccepting } from "./bench-accepting.ts";
import { benchBurst } from "./bench-burst.ts";
import { benchDecisions } from "./bench-decisions.ts";
import { benchRecovery } from "./bench-recovery.ts";
import { benchRequests } from "./bench-requests.ts";
import { benchRevokes } from "./bench-revokes.ts";
import { benchScan } from "./bench-scan.ts";
import { benchSteps } from "./bench-steps.ts";
import { watchClocks } from "./clock-watch.ts";
import { conditions } from "./conditions.ts";
import { figureOf, tableOf } from "./figure.ts";
import type { Figure, Measured } from "./figure.ts";
import { createNoOps } from "./no-op-floor.ts";
import type { Interleaved } from "./run-interleaved.ts";
import { startSystem } from "./system-under-test.ts";
import { createTwoHops } from "./two-hop-floor.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    /** About how long each figure is measured; the full measure takes 40 s for each. */
    seconds: { type: "string", default: "40" },
  },
});
const seconds = Number(values.seconds);
if (!(seconds >= 2)) {
  process.stderr.write("bench: --seconds expects a number from 2 up\n");
  process.exit(2);
}

/** At least as many as performance.md §5 asks for, unless the run is a short one. */
const pairs = Math.max(1, Math.min(8, Math.floor(seconds / 2)));
const blockSeconds = seconds / pairs / 2;
const isShort = seconds < 40;
/** Bounded by what two cores can carry of whole lives, with the clouds on the same two. */
const OPEN_PER_SECOND = 5;

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const folder = mkdtempSync(join(tmpdir(), "sallyport-bench-"));
const clocks = watchClocks();
const measured: Measured[] = [];
const keep = (row: Measured): void => {
  measured.push(row);
  if (values.json) process.stdout.write(`${JSON.stringify(row.figure)}\n`);
};
const note = (name: string, at: string, { pairs: both, dropped }: Interleaved): void => {
  const row = figureOf(name, at, both, Math.random);
  say(`bench: ${name} at ${at}: ${row.pairs} pairs of blocks, ${dropped} blocks dropped`);
  keep(row);
};
/** Rates, each with its pairs' slowest hundredth; and other figures that bring their ratio. */
const noteRate = (figure: Figure): void => {
  const { ratio, n } = figure;
  say(`bench: ${figure.figure} at ${figure.at}: ratio ${ratio.p50}`);
  keep({ figure, interval: { p50: [ratio.p50, ratio.p50], p99: [ratio.p99, ratio.p99] }, pairs: n });
};
try {
  await benchScan(isShort ? [1000, 10_000] : [1000, 10_000, 100_000], noteRate);
  await benchDecisions(seconds, noteRate);
  await benchSteps(seconds, noteRate);
  const system = await startSystem({ folder, machines: isShort ? 40 : 240, say });
  try {
    say(`bench: ${await conditions(system.redisUrl)}`);
    const floor = await createTwoHops(system.brokers);
    const requests = { system, floor, clocks, blockSeconds, pairs };
    say("bench: warming up …");
    await benchRequests({ ...requests, until: "call", perSecond: 100, blockSeconds: isShort ? 1 : 4, pairs: 1 });
    for (const perSecond of [100, 300])
      note("R1", `${perSecond}/s`, await benchRequests({ ...requests, until: "call", perSecond }));
    note(
      "R1b",
      `${OPEN_PER_SECOND}/s`,
      await benchRequests({ ...requests, until: "write", perSecond: OPEN_PER_SECOND }),
    );
    await floor.close();
    noteRate(await benchAccepting(system, clocks, { pairs, blockSeconds }));
    const noOps = await createNoOps(system.redisUrl);
    const perSecond = isShort ? 10 : 50;
    note(
      "R2",
      `${perSecond}/s`,
      await benchRevokes({
        system,
        floor: noOps,
        clocks,
        perSecond,
        blockSeconds,
        pairs,
        openPerSecond: OPEN_PER_SECOND,
        say,
      }),
    );
    await noOps.close();
    for (const concurrency of [100, 200]) await benchBurst(system.redisUrl, concurrency, isShort ? 1 : 5, noteRate);
  } finally {
    await system.close();
  }
  await benchRecovery(isShort, (row) => {
    say(`bench: R6 at ${row.figure.at}: ${row.figure.ours.p50} ms`);
    keep(row);
  });
  if (!values.json) process.stdout.write(`\n${tableOf(measured)}\n`);
} finally {
  clocks.stop();
  rmSync(folder, { recursive: true, force: true });
}
