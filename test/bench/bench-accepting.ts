import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startProcess } from "@sallyport/launcher";
import type { ClockWatch } from "./clock-watch.ts";
import { rateFigure } from "./contest.ts";
import type { Figure } from "./figure.ts";
import { createJsonClient } from "./json-client.ts";
import { runInterleaved } from "./run-interleaved.ts";
import type { SystemUnderTest } from "./system-under-test.ts";

/** Connections that ask again as soon as they are answered, as in performance.md §1.3. */
const CONNECTIONS = 32;
const QUIET_MS = 1500;

/** Requests answered per second, by so many who ask one after the other. */
async function rateOf(forMs: number, ask: (n: number) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  let done = 0;
  const asker = async (): Promise<void> => {
    while (performance.now() - start < forMs) await ask(done++);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, asker));
  return (done * 1000) / (performance.now() - start);
}

/** Requests that the API accepts per second, with all that follows from them on the same cores, against bare express and zod (R5). */
export async function benchAccepting(
  system: SystemUnderTest,
  clocks: ClockWatch,
  { pairs, blockSeconds }: { readonly pairs: number; readonly blockSeconds: number },
): Promise<Figure> {
  const bare = await startProcess({
    name: "bare API",
    command: process.execPath,
    args: ["--import", "tsx", "--conditions=@sallyport/source", join(import.meta.dirname, "bare-api.ts")],
    log: () => {},
    readyLine: "http://",
  });
  const client = createJsonClient(bare.announced);
  await system.recording.machinesAre("gone");
  /** What was accepted is worked off before the other side begins. */
  const rest = async (): Promise<void> => {
    do await sleep(QUIET_MS);
    while ((await system.recording.take()).length > 0);
  };
  const sides = {
    ours: (n: number) => system.ask(n % system.machines, { duration: "PT8H" }),
    floor: (n: number) =>
      client.call("POST", "/v1/access-requests", "none", {
        vm: `vm-${n}`,
        ports: [22],
        sources: ["198.51.100.77"],
        justification: "bench",
        duration: "PT8H",
      }),
  };
  for (const side of ["floor", "ours"] as const) await rateOf(500, sides[side]);
  const { pairs: both } = await runInterleaved(pairs, clocks, async (side) => {
    await rest();
    return [await rateOf(blockSeconds * 1000, sides[side])];
  });
  await rest();
  client.close();
  await bare.stop();
  const ratesOf = (side: "ours" | "floor") => both.flatMap((pair) => pair[side]);
  return rateFigure(
    "R5",
    `accepted requests/s of ${CONNECTIONS} connections, against bare express and zod`,
    ratesOf("ours"),
    ratesOf("floor"),
  );
}
