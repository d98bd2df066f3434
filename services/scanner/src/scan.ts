import type { Running } from "@sallyport/backbone";
import { SallyportError, msBetween, plusMs } from "@sallyport/contracts";
import type { ScopeId } from "@sallyport/contracts";
import type { ScannerParts } from "./deps.ts";
import { surveyScope } from "./survey-scope.ts";
import type { SurveyedCloud } from "./surveyed-cloud.ts";
import { scopes } from "./tables.ts";

/** The turn of a scope, renewed with every page. */
const TURN_MS = 120_000;
/** How soon a scope is looked at again whose turn another replica has, or whose survey failed for the first time. */
const AGAIN_MS = 5000;

/**
 * Surveys one scope at the start and from then on every so often, whoever of the replicas is first. A survey that fails is logged and
 * tried again; no other scope hears of it.
 */
export function scanScope(parts: ScannerParts, cloud: SurveyedCloud, scope: ScopeId, everyMs: number): Running {
  const { records, leases, clock, log, metrics } = parts;
  const labels = { cloud: cloud.cloud };
  let closing = false;
  let failures = 0;
  let cancel = (): void => undefined;

  /** Does what is due; says after how long to look again. */
  async function turn(): Promise<number> {
    const last = (await records.get(scopes, scope))?.value;
    const dueInMs = last === undefined ? 0 : msBetween(clock.now(), plusMs(last.startedAt, everyMs));
    if (dueInMs > 0) return Math.min(dueInMs, everyMs);
    const lease = await leases.acquire(`scanner ${scope}`, TURN_MS);
    if (lease === undefined) return Math.min(AGAIN_MS, everyMs);
    try {
      const startedAt = clock.now();
      const before = clock.elapsed();
      const count = await surveyScope(parts, cloud, scope, lease);
      const known = await records.get(scopes, scope);
      const row = { scope, startedAt, completedAt: clock.now(), vms: count };
      await records.put(scopes, scope, row, known?.version ?? 0); // stale: a faster replica has a fresher one
      metrics.observe("sallyport_scanner_survey_seconds", (clock.elapsed() - before) / 1000, labels);
      metrics.gauge("sallyport_scanner_vms", count, { ...labels, scope });
      return everyMs;
    } finally {
      await lease.release();
    }
  }

  /** Longer after each failure in a row, no longer than between surveys that succeed, and never sooner than the cloud asks. */
  const pauseAfter = (error: unknown): number => {
    failures += 1;
    const asked = error instanceof SallyportError ? (error.retryAfterMs ?? 0) : 0;
    return Math.max(asked, Math.min(AGAIN_MS * 2 ** Math.min(failures - 1, 16), everyMs));
  };

  const tick = (): void => {
    running = turn()
      .then((againMs) => {
        failures = 0;
        return againMs;
      })
      .catch((error: unknown) => {
        metrics.count("sallyport_scanner_survey_faults_total", labels);
        log.error("a survey failed; it is tried again", { scope, error });
        return pauseAfter(error);
      })
      .then((againMs) => {
        if (!closing) cancel = clock.after(againMs, tick);
      });
  };
  let running: Promise<void> = Promise.resolve();
  tick();
  return {
    close: async () => {
      closing = true;
      cancel();
      await running;
    },
  };
}
