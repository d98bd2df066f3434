import type { FleetView, Routes, ScanView } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { isStale, scansIn } from "../views/scans.ts";
import { isAskedAbout, tabOfVm } from "../views/vm-filter.ts";
import { isKnown, vmsTable } from "../views/vms.ts";
import { lookingBy } from "./looking.ts";
import { policyOf } from "./policy-of.ts";
import { createScansOf } from "./scan-of.ts";
import { showUnjudged } from "./show-unjudged.ts";

/** VMs that one call counts, and how many are read at once. */
const COUNTS_AT_MOST = 20_000;
const CHUNK = 1000;
/** How long one call counts, in milliseconds: where lookups fail, each may take its time. */
const COUNTS_FOR_MS = 10_000;
const LAST = "\uffff";

type Counts = Omit<FleetView, "scopes" | "complete">;

export const getFleet =
  (deps: HandlerDeps): Handler<Routes["getFleet"]> =>
  async ({ principal, query }) => {
    const counts = {
      vms: 0,
      tabs: { Configured: 0, NotConfigured: 0, Unsupported: 0 },
      statuses: { Healthy: 0, Unhealthy: 0, NotApplicable: 0, NotEvaluated: 0 },
      critical: 0,
      stale: 0,
    } satisfies Counts;
    const since = deps.clock.elapsed();
    const isInTime = () => deps.clock.elapsed() - since < COUNTS_FOR_MS;
    let unjudged = 0;
    const scansOf = createScansOf(deps);
    const now = deps.clock.now();
    const scopes = new Map<string, ScanView>();
    let looked = 0;
    let complete = false;
    for (let after = ""; looked < COUNTS_AT_MOST && isInTime();) {
      const rows = await deps.records.find(vmsTable, "vm", after, LAST, CHUNK);
      const fresh = rows.filter(({ value }) => value.vm > after);
      for (const { value } of fresh) {
        looked++;
        if (!isKnown(value) || !isAskedAbout(value, query)) continue;
        if (!isInTime()) break;
        const looking = lookingBy(deps.may);
        if (!(await looking.may(principal, "read-vm", value.profile)).allowed) {
          if (looking.failure() !== undefined) unjudged++;
          continue;
        }
        const tab = tabOfVm(value, await policyOf(deps, value.vm));
        if (query.tab !== undefined && tab !== query.tab) continue;
        counts.vms++;
        if (tab !== undefined) counts.tabs[tab]++;
        counts.statuses[value.finding.status]++;
        if (value.finding.severity === "Critical") counts.critical++;
        const scans = await scansOf(value.profile.scope);
        if (isStale(scans, now)) counts.stale++;
        const newest = scans && scansIn(scans, now)[0];
        if (newest !== undefined) scopes.set(newest.scope, newest);
      }
      const last = fresh.at(-1);
      if (!isInTime()) break;
      if (rows.length < CHUNK || last === undefined) {
        complete = true;
        break;
      }
      after = last.value.vm;
    }
    return answer(200, {
      ...counts,
      complete,
      ...showUnjudged(unjudged),
      scopes: [...scopes.values()],
    } satisfies FleetView);
  };
