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
  let takesOwn = true;
  for (const vm of new Set(grants.map(({ access }) => access.vm))) {
    const rule = (await policyOf(deps, vm))?.policy?.approval;
    takesOwn &&= rule?.selfApproval === true;
    const row = (await records.get(vmsTable, vm))?.value;
    if (!isKnown(row)) continue; // authz decides again, with the VM as it knows it
    const decision = await may(by, "approve", row.profile, { approvers: rule?.approvers });
    if (!decision.allowed) missing.push(...decision.missing);
  }
  return missing.length === 0 && isOwn(by, request) && !takesOwn
    ? [refusal("auth.forbidden", "Somebody else has to approve what you ask for.")]
    : missing;
}
