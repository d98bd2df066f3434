import type { RequestId, Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import type { Handler } from "../http/call.ts";
import { grantsTable } from "../views/grants.ts";
import { requestRows } from "../views/requests.ts";
import { leastFar, showRequest } from "../views/show-grant.ts";
import { listAwaitingWord } from "./list-awaiting-word.ts";
import { listed } from "./listed.ts";
import { page } from "./page.ts";
import { isRefused, visibleGrants } from "./visible.ts";

/** Walks the grants, of which those of one request are side by side, and names each request once: with its first. */
export const listAccessRequests =
  (deps: HandlerDeps): Handler<Routes["listAccessRequests"]> =>
  async ({ principal, query, url }) => {
    if (query.approver === "me") return listAwaitingWord(deps, { principal, query, url });
    const list = await listed(deps, principal, query);
    if (isRefused(list)) return list;
    return page({
      deps,
      table: grantsTable,
      index: list.index,
      prefix: list.prefix,
      limit: query.limit,
      cursor: query.cursor,
      url,
      itemOf: async (pointer, may) => {
        if (list.onlyOwn && ![pointer.principalId, pointer.requestedById].includes(principal.id)) return undefined;
        const row = await requestOf(deps, pointer.requestId);
        if (row === undefined) return undefined;
        const firstOfList = row.grants
          .filter(({ access }) => list.vm === undefined || access.vm === list.vm)
          .map(({ access }) => access.grantId)
          .sort()[0];
        if (firstOfList !== pointer.grantId) return undefined;
        const grants = await visibleGrants({ ...deps, may }, principal, row);
        if (grants.length === 0 || (query.status !== undefined && leastFar(grants) !== query.status)) return undefined;
        return showRequest(row, grants);
      },
    });
  };

const requestOf = async ({ records }: HandlerDeps, id: RequestId) => (await records.get(requestRows, id))?.value.value;
