import type { Routes, ScopeList } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { scopeRows } from "../views/scopes.ts";
import { showScope } from "../views/show-scope.ts";
import { mayNotManageKeys } from "./may-manage-keys.ts";

export const listScopes =
  (deps: HandlerDeps): Handler<Routes["listScopes"]> =>
  async ({ principal }) => {
    const refused = await mayNotManageKeys(deps, principal);
    if (refused !== undefined) return refused;
    const items = await Promise.all(
      [...deps.enrolled]
        .toSorted()
        .map(async (scope) => showScope(scope, (await deps.records.get(scopeRows, scope))?.value.value)),
    );
    return answer(200, { items } satisfies ScopeList);
  };
