import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { showScope } from "../views/show-scope.ts";
import { decideEnrolment } from "./decide-enrolment.ts";
import { isRefused } from "./visible.ts";

export const enrolScope =
  (deps: HandlerDeps): Handler<Routes["enrolScope"]> =>
  async ({ id, principal, params: { scopeId: scope } }) => {
    const decided = await decideEnrolment(deps, { scope, status: "Enrolled", principal, callId: id });
    return decided !== undefined && isRefused(decided) ? decided : answer(200, showScope(scope, decided));
  };
