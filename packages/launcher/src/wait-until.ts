import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks again and again until the answer is something, and returns that; undefined when `timeoutMs` (monotonic milliseconds) have
 * passed before. A question that throws ends the waiting with that error.
 */
export const waitUntil = async <T>(
  ask: () => Promise<T | undefined>,
  { timeoutMs, everyMs = 20 }: { readonly timeoutMs: number; readonly everyMs?: number },
): Promise<T | undefined> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= deadline) return undefined;
    await sleep(everyMs);
  }
};
