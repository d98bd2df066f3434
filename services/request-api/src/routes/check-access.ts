import type { AccessCheck, Routes } from "@sallyport/contracts";
import type { Decision } from "@sallyport/domain";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { cannotLookUp } from "./cannot-look-up.ts";
import { resolveVm } from "./resolve-vms.ts";
import { forbidden, isRefused } from "./visible.ts";

/**
 * May they, and if not, what is missing (S17, G7). About somebody else it is answered to who may write the VM's policy: who may close
 * everybody's grants may know what they could do.
 */
export const checkAccess =
  (deps: HandlerDeps): Handler<Routes["checkAccess"]> =>
  async ({ principal: caller, query: { vm: text, task, principal = caller.id } }) => {
    const row = await resolveVm(deps, caller, text, "/vm");
    if (isRefused(row)) return row;
    if (principal !== caller.id) {
      const mayAsk = await deps.may(caller, "revoke-any", row.profile);
      if (!mayAsk.allowed) return cannotLookUp(mayAsk) ?? forbidden(mayAsk);
    }
    const decision = await deps.may({ id: principal }, task, row.profile);
    if (decision.allowed) return answer(200, { vm: row.vm, task, principal, allowed: true, missing: [] });
    const unknown = cannotLookUp(decision);
    if (unknown !== undefined) return unknown;
    const view: AccessCheck = { vm: row.vm, task, principal, allowed: false, ...explained(decision) };
    return answer(200, view);
  };

function explained({ missing }: Extract<Decision, { allowed: false }>): Pick<AccessCheck, "missing" | "leastRole"> {
  const grantable = missing.filter(({ code }) => code === "rbac.missing-action");
  const actions = grantable.flatMap(({ action }) => action ?? []);
  const scopes = grantable.flatMap(({ object }) => object ?? []);
  if (actions.length === 0) return { missing: [...missing] };
  return { missing: [...missing], leastRole: { actions: [...new Set(actions)], scopes: [...new Set(scopes)] } };
}
