import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { decideEnrolment } from "./decide-enrolment.ts";
import { isRefused } from "./visible.ts";

export const withdrawScope =
  (deps: HandlerDeps): Handler<Routes["withdrawScope"]> =>
  async ({ id, principal, params: { scopeId: scope } }) => {
    const decided = await decideEnrolment(deps, { scope, status: "Withdrawn", principal, callId: id });
    return decided !== undefined && isRefused(decided) ? decided : answer(204);
  };
