import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import type { Handler } from "../http/call.ts";
import { sayOfRequest } from "./say-of-request.ts";

export const denyAccessRequest =
  (deps: HandlerDeps): Handler<Routes["denyAccessRequest"]> =>
  ({ id, at, principal, params: { requestId }, body: { comment, extension } }) =>
    sayOfRequest(deps, { callId: id, at, requestId, by: principal, approved: false, comment, extension });
