import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { showGrant } from "../views/show-grant.ts";
import { findGrant } from "./find-grant.ts";
import { isRefused } from "./visible.ts";

export const getGrant =
  (deps: HandlerDeps): Handler<Routes["getGrant"]> =>
  async ({ principal, params: { grantId } }) => {
    const found = await findGrant(deps, principal, grantId);
    return isRefused(found) ? found : answer(200, showGrant(found.grant));
  };
