import type { Clock, Leases, Ledger, Log, Metrics, Records } from "@sallyport/backbone";
import type { Recommendation } from "./judge.ts";
import type { VmRow } from "./tables.ts";

/** What the scanner's parts stand on. */
export interface ScannerParts {
  readonly ledger: Ledger<VmRow>;
  readonly records: Records;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly recommendation: Recommendation;
  readonly log: Log;
  readonly metrics: Metrics;
}
