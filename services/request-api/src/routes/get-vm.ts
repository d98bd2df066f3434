import type { JitPolicy, RemedyView, Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { showGrant } from "../views/show-grant.ts";
import { showPolicy } from "../views/show-policy.ts";
import { showVm } from "../views/show-vm.ts";
import { freshnessOf } from "../views/scans.ts";
import type { KnownVm } from "../views/vms.ts";
import { createScansOf } from "./scan-of.ts";
import { newestGrantsOn } from "./newest-grants-on.ts";
import { planOf } from "./plan-of.ts";
import { policyOf } from "./policy-of.ts";
import { isRefused, maySeeGrantsOn, visibleVm } from "./visible.ts";

export const getVm =
  (deps: HandlerDeps): Handler<Routes["getVm"]> =>
  async ({ principal, params: { vmKey: vm } }) => {
    const row = await visibleVm(deps, principal, vm);
    if (isRefused(row)) return row;
    const owner = await policyOf(deps, vm);
    const freshness = freshnessOf(await createScansOf(deps)(row.profile.scope), row.profile, deps.clock.now());
    const seesGrants = await maySeeGrantsOn(deps, principal, vm);
    if (typeof seesGrants === "object") return seesGrants;
    if (!seesGrants) return answer(200, showVm(row, owner, { freshness, policy: undefined, grants: undefined }));
    const grants = await newestGrantsOn(deps, vm);
    const shown = showVm(row, owner, {
      freshness,
      policy: owner?.policy && showPolicy(owner.policy),
      grants: grants.map(showGrant),
    });
    const remedy = shown.lockdown?.status === "NotEffective" ? await remedyOf(deps, row, owner?.policy) : undefined;
    return answer(200, { ...shown, ...(remedy === undefined ? {} : { remedy }) });
  };

/** On Azure our deny can come first; what EC2's groups let in is taken away in any case. */
async function remedyOf(
  deps: HandlerDeps,
  row: KnownVm,
  policy: JitPolicy | undefined,
): Promise<RemedyView | undefined> {
  if (row.profile.cloud !== "azure" || policy?.lockdown.precedence !== "seed") return undefined;
  const strict = { precedence: "strict" } as const;
  const plan = await planOf(deps, row, { ports: policy.ports, lockdown: { ...policy.lockdown, ...strict } });
  return plan && { patch: { lockdown: strict }, plan };
}
