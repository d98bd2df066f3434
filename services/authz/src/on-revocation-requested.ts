import type { EventOf } from "@sallyport/contracts";
import { commitVerdict } from "./commit-verdict.ts";
import { takenBack } from "./decide.ts";
import type { HandlerDeps } from "./deps.ts";

/** A request that is taken back while it waits is refused at once; a grant that was approved is the enforcer's to close. */
export const onRevocationRequested =
  (deps: HandlerDeps) =>
  async (event: EventOf<"sallyport.access.revocation-requested.v1">): Promise<void> => {
    const entry = await deps.ledger.load(event.data.grantId);
    if (entry.value?.state !== "Waiting") return;
    const cause = { id: event.id, correlationId: entry.value.correlationId };
    const about = { access: entry.value.access, cause, now: deps.clock.now() };
    await commitVerdict(deps, entry, about, { kind: "deny", reasons: [takenBack(event.data.by, event.data.reason)] });
  };
