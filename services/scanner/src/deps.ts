import type { Clock, Leases, Ledger, Log, Metrics, Records, WorkQueue } from "@sallyport/backbone";
import type { Recommendation } from "./judge.ts";
import type { ScopeRow, VmRow } from "./tables.ts";

/** What the scanner's parts stand on. */
export interface ScannerParts {
  readonly ledger: Ledger<VmRow>;
  readonly scopes: Ledger<ScopeRow>;
  readonly queue: WorkQueue;
  readonly records: Records;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly recommendation: Recommendation;
  readonly log: Log;
  readonly metrics: Metrics;
}
