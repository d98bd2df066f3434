import { setTimeout as sleep } from "node:timers/promises";
import type { RecordedCall, Recording } from "./recording.ts";

/** A point from which a machine's next call is looked for, on the clock that `of` reads. */
export interface Awaited {
  readonly vm: number;
  readonly since: number;
}

/**
 * How long after each awaited point the machine's first call came, in milliseconds; each call answers one point, in order.
 * `undefined` for those that no call answers.
 */
export function firstCalls(
  awaited: readonly Awaited[],
  calls: readonly RecordedCall[],
  of: (call: RecordedCall) => number,
): readonly (number | undefined)[] {
  const byMachine = new Map<number, number[]>();
  for (const call of calls.toSorted((a, b) => of(a) - of(b)))
    byMachine.set(call.vm, [...(byMachine.get(call.vm) ?? []), of(call)]);
  const found = new Map<Awaited, number>();
  for (const point of awaited.toSorted((a, b) => a.since - b.since)) {
    const own = byMachine.get(point.vm) ?? [];
    const next = own.findIndex((at) => at >= point.since);
    if (next < 0) continue;
    found.set(point, (own[next] ?? 0) - point.since);
    own.splice(0, next + 1);
  }
  return awaited.map((point) => found.get(point));
}

const PATIENCE_MS = 60_000;

/** Collects calls until each awaited point is answered. Throws when some never are: an unanswered request is no latency. */
export async function collectFirstCalls(
  recording: Recording,
  awaited: readonly Awaited[],
  {
    of,
    only = () => true,
  }: { readonly of: (call: RecordedCall) => number; readonly only?: (call: RecordedCall) => boolean },
): Promise<readonly number[]> {
  const calls: RecordedCall[] = [];
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    calls.push(...(await recording.take()).filter(only));
    const latencies = firstCalls(awaited, calls, of).filter((one) => one !== undefined);
    if (latencies.length === awaited.length) return latencies;
    if (performance.now() > deadline)
      throw new Error(`${awaited.length - latencies.length} of ${awaited.length} requests never reached the cloud`);
    await sleep(200);
  }
}
