import type { EventOf } from "@sallyport/contracts";
import { commitVerdict } from "./commit-verdict.ts";
import { decideRequest } from "./decide.ts";
import type { HandlerDeps } from "./deps.ts";
import { gather } from "./gather.ts";

/** Decides a request: RBAC, policy, and whether a person has to agree. A request that was decided before is left alone. */
export const onAccessRequested =
  (deps: HandlerDeps) =>
  async (event: EventOf<"sallyport.access.requested.v1">): Promise<void> => {
    const { access } = event.data;
    const entry = await deps.ledger.load(access.grantId);
    if (entry.value !== undefined) return;
    const gathered = await gather(deps, access);

    const verdict = decideRequest(access, gathered);

    const cause = { id: event.id, correlationId: event.correlationid };
    await commitVerdict(deps, entry, { access, cause, now: gathered.now }, verdict);
  };
