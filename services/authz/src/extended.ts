import type { Approval, Fact, Instant } from "@sallyport/contracts";
import { saidYes } from "./commit-verdict.ts";
import type { ApprovedRow, DecisionRow } from "./tables.ts";

/** The row of a grant that may go on, and the fact that says so; with who agreed to that, or else to the request. */
export function extended(
  row: ApprovedRow,
  notAfter: Instant,
  now: Instant,
  approvals: readonly Approval[] = row.approvals ?? [],
): readonly [DecisionRow, Fact] {
  const data = { access: row.access, ...saidYes(approvals), notAfter, approvedAt: now, extends: true };
  return [
    { ...row, end: notAfter },
    { type: "sallyport.access.approved.v1", data },
  ];
}
