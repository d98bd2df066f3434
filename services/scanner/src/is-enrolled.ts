import type { ScopeId } from "@sallyport/contracts";
import type { ScannerParts } from "./deps.ts";
import { enrolments } from "./tables.ts";

/** Whether a scope is evaluated: connected by the settings, and not withdrawn. Asked of the records: another replica may have heard it. */
export const isEnrolled = async (
  { records, recommendation }: Pick<ScannerParts, "records" | "recommendation">,
  scope: ScopeId,
): Promise<boolean> =>
  recommendation.connected.has(scope) && (await records.get(enrolments, scope))?.value.status !== "Withdrawn";
