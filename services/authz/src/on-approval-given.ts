import type { EventOf, Principal } from "@sallyport/contracts";
import type { Decision } from "@sallyport/domain";
import { commitVerdict } from "./commit-verdict.ts";
import { decideApproval } from "./decide.ts";
import type { GatheredVm } from "./decide.ts";
import type { HandlerDeps } from "./deps.ts";
import { gather } from "./gather.ts";

/** Decides a request that waited, once a person has spoken. The first word counts; later ones change nothing. */
export const onApprovalGiven =
  (deps: HandlerDeps) =>
  async (event: EventOf<"sallyport.access.approval-given.v1">): Promise<void> => {
    const { grantId, by, approved, comment } = event.data;
    const entry = await deps.ledger.load(grantId);
    const row = entry.value;
    if (row?.state !== "Waiting") return;
    const { access } = row;
    const gathered = await gather(deps, access);
    const approverMay = await approverMayOf(deps, by, gathered.vm);

    const verdict = decideApproval(row, { by, approved, comment, approverMay }, gathered);

    const cause = { id: event.id, correlationId: row.correlationId };
    await commitVerdict(deps, entry, { access, cause, now: gathered.now, approvedBy: by }, verdict);
  };

/** Of a VM that is gone nobody's roles are asked: it is refused for that. */
const approverMayOf = async ({ may }: HandlerDeps, by: Principal, vm: GatheredVm): Promise<Decision> =>
  vm.state === "Gone" ? { allowed: true } : may(by, "approve", vm.profile);
