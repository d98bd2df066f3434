import { isBefore } from "@sallyport/contracts";
import type { JobNamed } from "@sallyport/contracts";
import { commitVerdict } from "./commit-verdict.ts";
import { expired } from "./decide.ts";
import type { HandlerDeps } from "./deps.ts";

/** Refuses a request that nobody approved in time. The row decides: one that was decided meanwhile is left alone. */
export const expireApproval =
  (deps: HandlerDeps) =>
  async (job: JobNamed<"ExpireApproval">): Promise<void> => {
    const entry = await deps.ledger.load(job.data.grantId);
    const now = deps.clock.now();
    const row = entry.value;
    if (row?.state !== "Waiting" || isBefore(now, row.waitsUntil)) return;
    const cause = { id: row.requestEventId, correlationId: row.correlationId };
    await commitVerdict(deps, entry, { access: row.access, cause, now }, { kind: "deny", reasons: [expired(row)] });
  };
