import { setTimeout as sleep } from "node:timers/promises";

/** One monotonic clock for all processes of the machine, in milliseconds. */
export const machineMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Lets arrivals happen by schedule, whether or not the ones before were answered; resolves when all have been. */
export async function openLoop(
  { perSecond, count }: { readonly perSecond: number; readonly count: number },
  arrive: (n: number) => Promise<void>,
): Promise<void> {
  const begin = performance.now();
  const under: Promise<void>[] = [];
  for (let n = 0; n < count; n += 1) {
    const waitMs = begin + (n * 1000) / perSecond - performance.now();
    if (waitMs > 0.5) await sleep(waitMs);
    const arrival = arrive(n);
    // Reported at the end, with the others.
    arrival.catch(() => undefined);
    under.push(arrival);
  }
  await Promise.all(under);
}
