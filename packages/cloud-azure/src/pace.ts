import type { PipelinePolicy, PipelineResponse } from "@azure/core-rest-pipeline";
import { wait } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import { ARM_FLOW, createBudget } from "./budget.ts";
import { faultOfAnswer } from "./translate.ts";

/** Nobody is believed who asks for more. */
const LONGEST_PAUSE_MS = 5 * 60_000;

/**
 * Spends no more of a subscription's budgets than ARM says is left. When it says all the same that one is used up, nobody spends of
 * it until the time that it names. A lock on one resource is no throttling, and holds up nobody else (P5).
 */
export function createPace(clock: Clock): PipelinePolicy {
  const pausedUntil = { reads: 0, writes: 0 };
  const budgets = {
    reads: createBudget(ARM_FLOW.reads, clock),
    writes: createBudget(ARM_FLOW.writes, clock),
    deletes: createBudget(ARM_FLOW.deletes, clock),
  };
  return {
    name: "sallyportPace",
    async sendRequest(request, next) {
      const budget = request.method === "GET" ? "reads" : "writes";
      const leftMs = pausedUntil[budget] - clock.elapsed();
      if (leftMs > 0) await wait(clock, leftMs);
      const kind = request.method === "DELETE" ? "deletes" : budget;
      await budgets[kind].spend();
      let remaining: number | undefined;
      let response: PipelineResponse;
      try {
        response = await next(request);
        remaining = numberIn(response.headers.get(`x-ms-ratelimit-remaining-subscription-${kind}`));
      } finally {
        budgets[kind].answered(remaining);
      }
      if (response.status !== 429) return response;
      const answer = { status: response.status, headers: response.headers, body: response.bodyAsText };
      const fault = faultOfAnswer(request.url, answer, clock.now());
      if (fault.code === "azure.throttled" && fault.retryAfterMs !== undefined)
        pausedUntil[budget] = clock.elapsed() + Math.min(fault.retryAfterMs, LONGEST_PAUSE_MS);
      return response;
    },
  };
}

const numberIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
