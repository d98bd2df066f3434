import type { EventOf } from "@sallyport/contracts";
import { commitVerdict } from "./commit-verdict.ts";
import { decideApproval } from "./decide.ts";
import type { HandlerDeps } from "./deps.ts";

/** Decides a request that waited, once a person has spoken. The first word counts; later ones change nothing. */
export const onApprovalGiven =
  (deps: HandlerDeps) =>
  async (event: EventOf<"sallyport.access.approval-given.v1">): Promise<void> => {
    const { grantId, by, approved, comment } = event.data;
    const entry = await deps.ledger.load(grantId);
    const row = entry.value;
    if (row?.state !== "Waiting") return;
    const { access } = row;
    const known = await deps.facts.of(access.vm, access.policyVersion);
    const [requesterMay, approverMay] = await Promise.all([
      deps.may(access.principal, "request-access", known.vm.profile),
      deps.may(by, "approve", known.vm.profile),
    ]);

    const now = deps.clock.now();
    const given = { by, approved, comment, approverMay };
    const verdict = decideApproval(row, given, { ...known, requesterMay, limits: deps.limits, now });

    const cause = { id: event.id, correlationId: row.correlationId };
    await commitVerdict(deps, entry, { access, cause, now, approvedBy: by }, verdict);
  };
