import type { EventOf } from "@sallyport/contracts";
import { commitRow, deniedFact } from "./commit-verdict.ts";
import { notRunning } from "./decide.ts";
import type { HandlerDeps } from "./deps.ts";
import type { ApprovedRow, DecisionRow } from "./tables.ts";

/** What the enforcers say of a grant: the last word on when it ends, for extensions. */
type Moved = EventOf<
  | "sallyport.access.granted.v1"
  | "sallyport.access.extended.v1"
  | "sallyport.access.failed.v1"
  | "sallyport.access.revoked.v1"
>;

/** Keeps in mind which grants run, and until when. Publishes nothing but that an extension that waited comes to nothing. */
export const onGrantMoved =
  (deps: HandlerDeps) =>
  async (event: Moved): Promise<void> => {
    const entry = await deps.ledger.load(event.data.access.grantId);

    const next = afterMove(entry.value, event);

    if (next === undefined) return;
    const cause = { id: event.id, correlationId: event.correlationid };
    const unanswered =
      entry.value?.state === "Approved" && next.state === "Ended" && entry.value.extension !== undefined;
    // An extension that waited for people is answered as well: there is nothing left to extend.
    const fact = unanswered ? deniedFact(next.access, [notRunning], true) : undefined;
    await commitRow(deps, entry, next, cause, event.time, fact);
  };

/** The row after the move; `undefined` when it says so already. What has ended stays ended. */
function afterMove(row: DecisionRow | undefined, event: Moved): DecisionRow | undefined {
  if (row !== undefined && row.state !== "Approved") return undefined;
  const known: ApprovedRow = row ?? {
    access: event.data.access,
    requestEventId: event.causationid,
    correlationId: event.correlationid,
    state: "Approved",
    end: event.time,
    answered: [],
  };
  switch (event.type) {
    case "sallyport.access.granted.v1":
      if (known.openedAt !== undefined) return undefined;
      return { ...known, openedAt: event.data.openedAt, end: event.data.expiresAt };
    case "sallyport.access.extended.v1":
      return known.end === event.data.expiresAt ? undefined : { ...known, end: event.data.expiresAt };
    case "sallyport.access.failed.v1":
    case "sallyport.access.revoked.v1": {
      const { access, requestEventId, correlationId, answered } = known;
      return { access, requestEventId, correlationId, answered, state: "Ended" };
    }
  }
}
