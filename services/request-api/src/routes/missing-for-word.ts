import { refusal } from "@sallyport/contracts";
import type { Principal, Refusal } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import type { GrantRow, RequestRow } from "../views/requests.ts";
import { isKnown, vmsTable } from "../views/vms.ts";
import { policyOf } from "./policy-of.ts";
import { isOwn } from "./visible.ts";

/** What the speaker lacks, by the policies of now: the right to approve, and being somebody else where the policy asks for that. */
export async function missingForWord(
  deps: Pick<HandlerDeps, "records" | "may">,
  by: Principal,
  request: RequestRow,
  grants: readonly GrantRow[],
): Promise<readonly Refusal[]> {
  const { records, may } = deps;
  const missing: Refusal[] = [];
  for (const vm of new Set(grants.map(({ access }) => access.vm))) {
    const rule = (await policyOf(deps, vm))?.policy?.approval;
    const row = (await records.get(vmsTable, vm))?.value;
    if (!isKnown(row)) continue; // authz decides again, with the VM as it knows it
    const decision = await may(by, "approve", row.profile, { approvers: rule?.approvers });
    if (!decision.allowed) missing.push(...decision.missing);
  }
  return missing.length === 0 && (await takesAnother(deps, by, request, grants))
    ? [refusal("auth.forbidden", "Somebody else has to approve what you ask for.")]
    : missing;
}

/** Is it the speaker's own, where a policy of it takes nobody's word on their own? */
export async function takesAnother(
  deps: Pick<HandlerDeps, "records">,
  by: Principal,
  request: RequestRow,
  grants: readonly GrantRow[],
): Promise<boolean> {
  if (!isOwn(by, request)) return false;
  for (const vm of new Set(grants.map(({ access }) => access.vm)))
    if ((await policyOf(deps, vm))?.policy?.approval?.selfApproval !== true) return true;
  return false;
}
