import type { Entry } from "@sallyport/backbone";
import type { GrantId, Principal } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import type { Refused } from "../http/answer.ts";
import { notFound } from "../http/not-found.ts";
import { grantsTable } from "../views/grants.ts";
import type { GrantRow, RequestRow } from "../views/requests.ts";
import { findVisibleGrants, isRefused } from "./visible.ts";

export interface FoundGrant {
  readonly grant: GrantRow;
  readonly request: RequestRow;
  /** Ready to be committed on. */
  readonly entry: Entry<RequestRow>;
}

/** The grant, if the caller may see it. What its request still owes is kept first. */
export async function findGrant(
  deps: HandlerDeps,
  principal: Principal,
  grantId: GrantId,
): Promise<FoundGrant | Refused> {
  const pointer = (await deps.records.get(grantsTable, grantId))?.value;
  if (pointer === undefined) return notFound();
  const entry = await deps.requests.load(pointer.requestId);
  if (entry.value === undefined) return notFound();
  const seen = await findVisibleGrants(deps, principal, entry.value);
  if (isRefused(seen)) return seen;
  const grant = seen.find(({ access }) => access.grantId === grantId);
  return grant === undefined ? notFound() : { grant, request: entry.value, entry };
}

/** The request with one of its grants changed. */
export const withChanged = (request: RequestRow, changed: GrantRow): RequestRow => ({
  ...request,
  grants: request.grants.map((grant) => (grant.access.grantId === changed.access.grantId ? changed : grant)),
});
