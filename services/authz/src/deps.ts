import type { May } from "@sallyport/authorization";
import type { Clock, Ledger, Log, Metrics, Records } from "@sallyport/backbone";
import type { DurationLimits } from "@sallyport/domain";
import type { KnownFacts } from "./known-facts.ts";
import type { DecisionRow } from "./tables.ts";

/** What the handlers stand on. */
export interface HandlerDeps {
  readonly ledger: Ledger<DecisionRow>;
  readonly records: Records;
  readonly facts: KnownFacts;
  readonly may: May;
  readonly clock: Pick<Clock, "now">;
  readonly limits: DurationLimits;
  readonly log: Log;
  readonly metrics: Metrics;
}
