import type { Running } from "@sallyport/backbone";
import { SallyportError, msBetween, plusMs, scanIdOf } from "@sallyport/contracts";
import type { Fact, Instant, Scan, ScanRequest, ScopeId } from "@sallyport/contracts";
import type { ScannerParts } from "./deps.ts";
import { isEnrolled } from "./is-enrolled.ts";
import type { Slots } from "./slots.ts";
import { surveyScope } from "./survey-scope.ts";
import type { Progress } from "./survey-scope.ts";
import type { SurveyedCloud } from "./surveyed-cloud.ts";
import type { ScopeRow } from "./tables.ts";

/** The turn of a scope, renewed with every page. */
const TURN_MS = 120_000;
/** How soon a scope is looked at again whose turn another replica has, or whose survey failed for the first time. */
const AGAIN_MS = 5000;
/** How often a survey that takes long says how far it has come. */
const PROGRESS_MS = 5000;
/** Findings are stale when two scans in a row have not come to their end. */
const staleAfter = (at: Instant, everyMs: number): Instant => plusMs(at, 2 * everyMs + 60_000);
const TRIES = 10;

/** The scans of one scope. */
export interface ScopeScans extends Running {
  readonly scope: ScopeId;
  /** Somebody asks for one at once. */
  readonly request: (request: ScanRequest) => Promise<void>;
}

/**
 * Surveys one scope at the start, from then on every so often, and when asked, whoever of the replicas is first. A survey that fails
 * is logged and tried again; no other scope hears of it, and what was found before stands. While the scope is withdrawn, nothing is read.
 */
export function scanScope(
  parts: ScannerParts,
  cloud: SurveyedCloud,
  scope: ScopeId,
  { everyMs, slots }: { readonly everyMs: number; readonly slots: Slots },
): ScopeScans {
  const { scopes, leases, clock, log, metrics } = parts;
  const labels = { cloud: cloud.cloud };
  let closing = false;
  let failures = 0;
  let isIdle = false;
  let isAsked = false;
  let cancel = (): void => undefined;

  /** Changes the scope's row, whoever else writes it, and says what has become of its scan. */
  async function write(change: (row: ScopeRow) => ScopeRow, factOf?: (scan: Scan) => Fact): Promise<ScopeRow> {
    for (let tries = 0; tries < TRIES; tries++) {
      const entry = await scopes.load(scope);
      const row = change(entry.value ?? { scope, requests: [] });
      const fact = row.scan && factOf?.(row.scan);
      const facts =
        fact === undefined || row.scan === undefined
          ? []
          : [
              {
                fact,
                step: `${fact.type} ${row.scan.pages}`,
                causationId: row.scan.id,
                correlationId: row.scan.id,
                time: clock.now(),
              },
            ];
      if ((await scopes.commit(entry, row, { jobs: [], facts })).kind === "done") return row;
    }
    throw new SallyportError({ code: "backbone.stale", detail: `the scans of ${scope} are written too often` });
  }

  const started = (scan: Scan): Fact => ({ type: "sallyport.posture.scan-started.v1", data: { scan } });
  const progressed = (scan: Scan): Fact => ({ type: "sallyport.posture.scan-progressed.v1", data: { scan } });
  const finished = (scan: Scan): Fact => ({ type: "sallyport.posture.scan-finished.v1", data: { scan } });

  /** One that broke off is tried again when this loop says so; of one that is under way, or died, the lease knows. */
  const dueInMs = ({ scan, requests }: ScopeRow): number =>
    scan?.status !== "Completed" || requests.length > 0 ? 0 : msBetween(clock.now(), plusMs(scan.startedAt, everyMs));

  /** Does what is due; says after how long to look again. */
  async function turn(): Promise<number> {
    if (!(await isEnrolled(parts, scope))) return Math.min(AGAIN_MS, everyMs);
    const soon = dueInMs((await scopes.load(scope)).value ?? { scope, requests: [] });
    if (soon > 0) return Math.min(soon, everyMs);
    const slot = await slots.take();
    try {
      const lease = await leases.acquire(`scanner ${scope}`, TURN_MS);
      if (lease === undefined) return Math.min(AGAIN_MS, everyMs);
      try {
        const stillSoon = dueInMs((await scopes.load(scope)).value ?? { scope, requests: [] });
        if (stillSoon > 0) return Math.min(stillSoon, everyMs);
        await oneScan(lease, slot.renew);
        return everyMs;
      } finally {
        await lease.release();
      }
    } finally {
      slot.release();
    }
  }

  async function oneScan(lease: { readonly renew: () => Promise<boolean> }, isAtWork: () => void): Promise<void> {
    const startedAt = clock.now();
    const before = clock.elapsed();
    const { scan } = await write(({ scan: last, requests }): ScopeRow => {
      const begun: Scan = {
        id: requests[0] ?? scanIdOf(scope, startedAt),
        scope,
        cloud: cloud.cloud,
        status: "Running",
        requests: requests.slice(0, 100),
        startedAt,
        pages: 0,
        vms: 0,
        changed: 0,
        gone: 0,
        ...(last?.asOf !== undefined && { asOf: last.asOf }),
        staleAfter: last?.staleAfter ?? staleAfter(startedAt, everyMs),
      };
      return { scope, scan: begun, requests: [] };
    }, started);
    if (scan === undefined) return;
    const { id } = scan;
    log.info("a scan has begun", { scan: id, scope, asked: scan.requests.length > 0 });
    let saidAt = clock.elapsed();
    const about = (progress: Progress) => (row: ScopeRow) => ({
      ...row,
      ...(row.scan !== undefined && { scan: { ...row.scan, ...progress } }),
    });
    let reached: Progress = { pages: 0, vms: 0, changed: 0, gone: 0 };
    const onPage = async (progress: Progress): Promise<void> => {
      isAtWork();
      reached = progress;
      metrics.gauge("sallyport_scanner_scan_vms", progress.vms, { ...labels, scope });
      if (clock.elapsed() - saidAt < PROGRESS_MS) return;
      saidAt = clock.elapsed();
      log.info("a scan goes on", { scan: id, scope, ...progress });
      await write(about(progress), progressed);
    };
    const end = (outcome: Partial<Scan>): Promise<ScopeRow> =>
      write(({ scan: now, ...row }) => {
        const ended: Scan = { ...(now ?? scan), ...reached, ...outcome, finishedAt: clock.now() };
        return { ...row, scan: ended };
      }, finished);
    try {
      reached = await surveyScope(parts, cloud, scope, { id, startedAt, lease, onPage });
      await end({ status: "Completed", asOf: startedAt, staleAfter: staleAfter(clock.now(), everyMs) });
    } catch (error) {
      await end({ status: "Failed", fault: faultOf(error) });
      throw error;
    }
    metrics.observe("sallyport_scanner_survey_seconds", (clock.elapsed() - before) / 1000, labels);
    metrics.gauge("sallyport_scanner_vms", reached.vms, { ...labels, scope });
    log.info("a scan has come to its end", { scan: id, scope, ...reached, ms: Math.round(clock.elapsed() - before) });
  }

  /** Longer after each failure in a row, no longer than between surveys that succeed, and never sooner than the cloud asks. */
  const pauseAfter = (error: unknown): number => {
    failures += 1;
    const asked = error instanceof SallyportError ? (error.retryAfterMs ?? 0) : 0;
    return Math.max(asked, Math.min(AGAIN_MS * 2 ** Math.min(failures - 1, 16), everyMs));
  };

  const tick = (): void => {
    isIdle = false;
    isAsked = false;
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
        if (closing) return;
        isIdle = true;
        cancel = clock.after(isAsked ? 0 : againMs, tick);
      });
  };
  let running: Promise<void> = Promise.resolve();
  tick();
  return {
    scope,
    request: async ({ id }) => {
      await write((row) =>
        row.requests.includes(id) || row.scan?.requests.includes(id) === true
          ? row
          : { ...row, requests: [...row.requests, id].slice(-100) },
      );
      isAsked = true;
      if (!isIdle || closing) return;
      cancel();
      tick();
    },
    close: async () => {
      closing = true;
      cancel();
      await running;
    },
  };
}

/** What a person is told of a fault: ours has a code; of anything else the log has the rest. */
const faultOf = (error: unknown): NonNullable<Scan["fault"]> =>
  error instanceof SallyportError
    ? { code: error.code, detail: error.message.slice(0, 1000) }
    : { code: "internal.bug", detail: "the survey broke off; the scanner's log says more" };
