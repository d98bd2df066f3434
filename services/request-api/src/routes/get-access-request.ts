import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { notFound } from "../http/not-found.ts";
import { requestRows } from "../views/requests.ts";
import { showRequest } from "../views/show-grant.ts";
import { untilDecided } from "./until-decided.ts";
import { findVisibleGrants, isRefused, visibleGrants } from "./visible.ts";

export const getAccessRequest =
  (deps: HandlerDeps): Handler<Routes["getAccessRequest"]> =>
  async ({ principal, params: { requestId }, waitMs }) => {
    const row = (await deps.records.get(requestRows, requestId))?.value.value;
    const grants = await findVisibleGrants(deps, principal, row);
    if (isRefused(grants)) return grants;
    if (row === undefined) return notFound();
    if (waitMs === 0) return answer(200, showRequest(row, grants));
    const later = (await untilDecided(deps, requestId, waitMs)) ?? row;
    return answer(200, showRequest(later, await visibleGrants(deps, principal, later)), {
      "Preference-Applied": `wait=${waitMs / 1000}`,
    });
  };
