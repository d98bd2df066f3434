import type { SallyportEvent } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { evolveGrant, newGrant } from "./evolve-grant.ts";
import type { GrantEvent } from "./evolve-grant.ts";
import { grantsTable, pointerOf } from "./grants.ts";
import { requestRows } from "./requests.ts";
import type { GrantRow, RequestRow } from "./requests.ts";
import { upsert } from "./upsert.ts";

const isGrantEvent = (event: SallyportEvent): event is GrantEvent => "access" in event.data;

/** Tells a request's row what has become of one of its grants. A row that is not there any more is made anew from the event. */
export const projectAccess =
  ({ records, waiting }: Pick<HandlerDeps, "records" | "waiting">) =>
  async (event: SallyportEvent): Promise<void> => {
    if (!isGrantEvent(event)) return; // says nothing about a grant that its answer will not say
    const { access } = event.data;
    let grant: GrantRow | undefined;
    await upsert(records, requestRows, access.requestId, (row) => {
      const before = row?.value.grants.find((one) => one.access.grantId === access.grantId);
      grant = evolveGrant(before ?? newGrant(access), event);
      if (row !== undefined && grant === before) return row;
      return { value: withGrant(row?.value, grant), owes: row?.owes ?? { jobs: [], facts: [] } };
    });
    if (grant !== undefined) {
      const pointer = pointerOf(grant);
      await upsert(records, grantsTable, access.grantId, (old) => (old?.ended === pointer.ended ? old : pointer));
    }
    waiting.wake(access.requestId);
  };

function withGrant(row: RequestRow | undefined, grant: GrantRow): RequestRow {
  const { requestId: id, principal, requestedBy, requestedAt, justification, reference, grantId } = grant.access;
  if (row === undefined) return { id, principal, requestedBy, requestedAt, justification, reference, grants: [grant] };
  const isThere = row.grants.some(({ access }) => access.grantId === grantId);
  return {
    ...row,
    grants: isThere
      ? row.grants.map((other) => (other.access.grantId === grantId ? grant : other))
      : [...row.grants, grant],
  };
}
