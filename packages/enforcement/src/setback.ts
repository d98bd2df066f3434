import { SallyportError } from "@sallyport/contracts";
import type { Log, Metrics } from "@sallyport/backbone";

/** The row cannot be written either: the job itself has to come again. */
export const isAway = (fault: unknown): boolean =>
  fault instanceof SallyportError && fault.code === "backbone.unavailable";

/** Trying again would not help, as whoever made the fault says. A bug says nothing. */
export const isForGood = (fault: unknown): fault is SallyportError =>
  fault instanceof SallyportError && !fault.retryable;

/** One line for a row and an event: the code, and what happened. */
export const faultLine = (fault: unknown): string =>
  (fault instanceof SallyportError
    ? `${fault.code}: ${fault.message}`
    : `internal.bug: ${fault instanceof Error ? fault.message : String(fault)}`
  ).slice(0, 2000);

export interface SetbackOf {
  readonly rows: "grants" | "lockdowns";
  readonly id: string;
  readonly state: string;
  readonly tries: number;
}

/** A step did not succeed: counted by code, and said; a bug as an error, with where it was thrown. */
export function noteSetback(
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics },
  fault: unknown,
  of: SetbackOf,
): void {
  const code = fault instanceof SallyportError ? fault.code : "internal.bug";
  metrics.count("sallyport_setbacks_total", { rows: of.rows, code });
  if (fault instanceof SallyportError) log.warn("a step failed for the moment", { ...of, code, detail: fault.message });
  else log.error("a step failed by a defect of ours; it comes again", { ...of, code, error: fault });
}
