import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { notFound } from "../http/not-found.ts";
import { requestRows } from "../views/requests.ts";
import { showRequest } from "../views/show-grant.ts";
import { untilDecided } from "./until-decided.ts";
import { visibleGrants } from "./visible.ts";

export const getAccessRequest =
  (deps: HandlerDeps): Handler<Routes["getAccessRequest"]> =>
  async ({ principal, params: { requestId }, waitMs }) => {
    const row = (await deps.records.get(requestRows, requestId))?.value.value;
    const grants = row === undefined ? [] : await visibleGrants(deps, principal, row);
    if (row === undefined || grants.length === 0) return notFound();
    if (waitMs === 0) return answer(200, showRequest(row, grants));
    const later = (await untilDecided(deps, requestId, waitMs)) ?? row;
    return answer(200, showRequest(later, await visibleGrants(deps, principal, later)), {
      "Preference-Applied": `wait=${waitMs / 1000}`,
    });
  };
