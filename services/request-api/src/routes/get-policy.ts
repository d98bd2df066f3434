import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { notFound } from "../http/not-found.ts";
import { etagOf } from "../http/preconditions.ts";
import { showPolicy } from "../views/show-policy.ts";
import { policyOf } from "./policy-of.ts";
import { forbidden, isRefused, visibleVm } from "./visible.ts";

export const getPolicy =
  (deps: HandlerDeps): Handler<Routes["getPolicy"]> =>
  async ({ principal, params: { vmKey: vm } }) => {
    const row = await visibleVm(deps, principal, vm);
    if (isRefused(row)) return row;
    const decision = await deps.may(principal, "read-policy", row.profile);
    if (!decision.allowed) return forbidden(decision);
    const policy = (await policyOf(deps, vm))?.policy;
    return policy === undefined ? notFound() : answer(200, showPolicy(policy), { ETag: etagOf(policy.version) });
  };
