import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer, refuse } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { notFound } from "../http/not-found.ts";
import { checkPreconditions } from "../http/preconditions.ts";
import { vmsTable, isKnown } from "../views/vms.ts";
import { forbidden, isRefused, visibleVm } from "./visible.ts";

/** A policy can also be removed when its VM is gone: nothing else would clean it up. */
export const deletePolicy =
  (deps: HandlerDeps): Handler<Routes["deletePolicy"]> =>
  async ({ id, principal, params: { vmKey: vm }, header }) => {
    const visible = await visibleVm(deps, principal, vm);
    const row = (await deps.records.get(vmsTable, vm))?.value;
    if (!isKnown(row) || (isRefused(visible) && visible.refusals[0].code !== "vm.gone"))
      return isRefused(visible) ? visible : notFound();
    const decision = await deps.may(principal, "remove-policy", row.profile);
    if (!decision.allowed) return forbidden(decision);
    for (;;) {
      const entry = await deps.policies.load(vm);
      const current = entry.value?.policy;
      if (current === undefined) return notFound();
      const preconditions = { ifMatch: header("if-match"), ifNoneMatch: header("if-none-match") };
      const failed = checkPreconditions(preconditions, current.version);
      if (failed !== undefined) return refuse(failed);
      const version = current.version + 1;
      const at = deps.clock.now();
      const committed = await deps.policies.commit(
        entry,
        { vm, version, by: principal, at },
        {
          jobs: [],
          facts: [
            {
              fact: { type: "sallyport.policy.removed.v1", data: { vm, by: principal, version, at } },
              step: "policy-removed",
              causationId: id,
              correlationId: id,
              time: at,
            },
          ],
        },
      );
      if (committed.kind === "done") return answer(204);
    }
  };
