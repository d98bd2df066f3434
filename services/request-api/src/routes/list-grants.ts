import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import type { Handler } from "../http/call.ts";
import { grantsTable } from "../views/grants.ts";
import { showGrant } from "../views/show-grant.ts";
import { listed } from "./listed.ts";
import { grantAt } from "./newest-grants-on.ts";
import { page } from "./page.ts";
import { isRefused } from "./visible.ts";

export const listGrants =
  (deps: HandlerDeps): Handler<Routes["listGrants"]> =>
  async ({ principal, query, url }) => {
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
      itemOf: async (pointer) => {
        if (list.onlyOwn && ![pointer.principalId, pointer.requestedById].includes(principal.id)) return undefined;
        const grant = await grantAt(deps, pointer);
        if (grant === undefined || (query.status !== undefined && grant.status !== query.status)) return undefined;
        return showGrant(grant);
      },
    });
  };
