import { setTimeout as sleep } from "node:timers/promises";
import { createSystemClock } from "@sallyport/backbone";
import { connectRedis, createBullmqWorkQueue } from "@sallyport/backbone-cluster";
import { GrantId, VmRef, instantOf, lane } from "@sallyport/contracts";
import type { Job } from "@sallyport/contracts";
import { benchVm } from "./bench-estate.ts";
import type { Figure } from "./figure.ts";
import { median, percentile } from "./statistics.ts";

const JOBS = 5000;
const WITHIN_MS = 1000;
/** What a call of a cloud takes. */
const CALL_MS = 20;
/** For putting all of them, before the first is due. */
const AHEAD_MS = 10_000;
const AT_ONCE = 100;

/** The nth closing. */
export const burstJob = (n: number): Job => ({
  name: "RevokeGrant",
  data: {
    cloud: "azure",
    vm: VmRef.parse(benchVm(n)),
    grantId: GrantId.parse(`g${n.toString(16).padStart(15, "0")}`),
  },
});

/** How late revocations start when many are due at once and each calls a cloud, against the time that the calls alone take (R3). */
export async function benchBurst(
  redisUrl: string,
  concurrency: number,
  bursts: number,
  note: (figure: Figure) => void,
): Promise<void> {
  const clock = createSystemClock();
  const redis = await connectRedis({ url: redisUrl, clock, observe: () => {} });
  const queue = createBullmqWorkQueue({ ...redis, clock, prefix: `bench-burst-${concurrency}` });
  const dues = new Map<string, number>();
  const late: number[] = [];
  const running = await queue.work(
    lane("RevokeGrant", "azure"),
    async ({ data }) => {
      late.push(Date.now() - ("grantId" in data ? (dues.get(data.grantId) ?? Number.NaN) : Number.NaN));
      await sleep(CALL_MS);
    },
    { concurrency },
  );
  const idealMs = (JOBS * CALL_MS) / concurrency;
  const all: number[] = [];
  const ratios: number[] = [];
  for (let burst = 0; burst < bursts; burst += 1) {
    late.length = 0;
    const begin = Date.now() + AHEAD_MS;
    for (let first = 0; first < JOBS; first += AT_ONCE)
      await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, JOBS - first) }, async (_, i) => {
          const due = Math.round(begin + ((first + i) * WITHIN_MS) / JOBS);
          const job = burstJob(first + i);
          dues.set("grantId" in job.data ? job.data.grantId : "", due);
          await queue.put(job, instantOf(due));
        }),
      );
    if (Date.now() > begin) throw new Error("the burst was put too slowly for its schedule");
    while (late.length < JOBS) await sleep(50);
    all.push(...late);
    ratios.push(Math.max(...late) / idealMs);
  }
  await running.close();
  await queue.close();
  await redis.close();
  const rounded = (value: number): number => Math.round(value * 100) / 100;
  note({
    figure: "R3",
    at: `${JOBS} due within 1 s, ${CALL_MS} ms each, ${concurrency} at once, the latest against ${JOBS} × ${CALL_MS} ms ÷ ${concurrency}`,
    ours: { p50: percentile(all, 0.5), p99: percentile(all, 0.99) },
    floor: { p50: idealMs, p99: idealMs },
    ratio: { p50: rounded(median(ratios)), p99: rounded(Math.max(...ratios)) },
    n: all.length,
  });
}
