import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { wait } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import { faultOfAnswer } from "./translate.ts";

/** Nobody is believed who asks for more. */
const LONGEST_PAUSE_MS = 5 * 60_000;

/**
 * When Azure says that a subscription's budget is used up, nobody spends of it until the time that it names: reads and writes have
 * budgets of their own. A lock on one resource is no throttling, and holds up nobody else (P5).
 */
export function createPace(clock: Clock): PipelinePolicy {
  const pausedUntil = { reads: 0, writes: 0 };
  return {
    name: "sallyportPace",
    async sendRequest(request, next) {
      const budget = request.method === "GET" ? "reads" : "writes";
      const leftMs = pausedUntil[budget] - clock.elapsed();
      if (leftMs > 0) await wait(clock, leftMs);
      const response = await next(request);
      if (response.status !== 429) return response;
      const answer = { status: response.status, headers: response.headers, body: response.bodyAsText };
      const fault = faultOfAnswer(request.url, answer, clock.now());
      if (fault.code === "azure.throttled" && fault.retryAfterMs !== undefined)
        pausedUntil[budget] = clock.elapsed() + Math.min(fault.retryAfterMs, LONGEST_PAUSE_MS);
      return response;
    },
  };
}
