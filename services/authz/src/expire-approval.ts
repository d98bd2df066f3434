import { isBefore } from "@sallyport/contracts";
import type { JobNamed } from "@sallyport/contracts";
import { expired } from "@sallyport/domain";
import { commitRow, commitVerdict, deniedFact } from "./commit-verdict.ts";
import type { HandlerDeps } from "./deps.ts";

/** Refuses a request, or an extension, that too few approved in time. The row decides: what was decided meanwhile is left alone. */
export const expireApproval =
  (deps: HandlerDeps) =>
  async (job: JobNamed<"ExpireApproval">): Promise<void> => {
    const entry = await deps.ledger.load(job.data.grantId);
    const now = deps.clock.now();
    const row = entry.value;
    if (row?.state === "Waiting" && !isBefore(now, row.waitsUntil)) {
      const cause = { id: row.requestEventId, correlationId: row.correlationId };
      return commitVerdict(deps, entry, { access: row.access, cause, now }, { kind: "deny", reasons: [expired(row)] });
    }
    if (row?.state !== "Approved" || row.extension === undefined || isBefore(now, row.extension.waitsUntil)) return;
    const { extension, ...running } = row;
    const cause = { id: extension.id, correlationId: row.correlationId };
    return commitRow(deps, entry, running, cause, now, deniedFact(row.access, [expired(extension)], true));
  };
