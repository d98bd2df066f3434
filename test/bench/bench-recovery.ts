import { figureOf } from "./figure.ts";
import type { Measured } from "./figure.ts";
import { joinMember } from "./join-member.ts";
import { recoverRedis } from "./recover-redis.ts";
import { recoverWorker } from "./recover-worker.ts";
import type { Recovery } from "./recovery.ts";
import { restartBroker } from "./restart-broker.ts";

/** After how long work goes on after what happens to every system some day (R6), against the same libraries as they come. */
export async function benchRecovery(isShort: boolean, note: (measured: Measured) => void): Promise<void> {
  const outageMs = isShort ? 10_000 : 40_000;
  const kinds: readonly (readonly [string, number, () => Promise<Recovery>])[] = [
    [`Redis back after ${outageMs / 1000} s → first overdue revoke (aim 500 ms)`, 1, () => recoverRedis(outageMs)],
    ["worker kill -9 → its job again (aim 4 s)", 1, recoverWorker],
    ["second member → has its partitions (aim 1 s)", 5, joinMember],
    ["broker kill -9 → ready, against after an orderly stop (aim 3 s)", 3, restartBroker],
  ];
  for (const [at, times, recover] of kinds) {
    const seen: Recovery[] = [];
    for (let n = 0; n < (isShort ? Math.min(times, 2) : times); n += 1) seen.push(await recover());
    const pairs = seen.map(({ ours, floor }) => ({ ours: [ours], floor: [floor] }));
    note(figureOf("R6", at, pairs, Math.random));
  }
}
