import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { showGrant } from "../views/show-grant.ts";
import { showPolicy } from "../views/show-policy.ts";
import { showVm } from "../views/show-vm.ts";
import { freshnessOf } from "../views/scans.ts";
import { createScansOf } from "./scan-of.ts";
import { newestGrantsOn } from "./newest-grants-on.ts";
import { policyOf } from "./policy-of.ts";
import { isRefused, maySeeGrantsOn, visibleVm } from "./visible.ts";

export const getVm =
  (deps: HandlerDeps): Handler<Routes["getVm"]> =>
  async ({ principal, params: { vmKey: vm } }) => {
    const row = await visibleVm(deps, principal, vm);
    if (isRefused(row)) return row;
    const owner = await policyOf(deps, vm);
    const freshness = freshnessOf(await createScansOf(deps)(row.profile.scope), row.profile, deps.clock.now());
    if (!(await maySeeGrantsOn(deps, principal, vm)))
      return answer(200, showVm(row, owner, { freshness, policy: undefined, grants: undefined }));
    const grants = await newestGrantsOn(deps, vm);
    return answer(
      200,
      showVm(row, owner, {
        freshness,
        policy: owner?.policy && showPolicy(owner.policy),
        grants: grants.map(showGrant),
      }),
    );
  };
