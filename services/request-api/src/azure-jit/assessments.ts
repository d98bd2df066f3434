import type { Principal, VmRef } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import { isKnown, vmsTable } from "../views/vms.ts";
import type { KnownVm } from "../views/vms.ts";
import { armError } from "./arm-error.ts";
import { armPage, skippedTo } from "./arm-page.ts";
import { prefixesUnder, vmOfAzureId } from "./azure-vm-id.ts";
import type { ArmAnswer, ArmCall } from "./call.ts";
import { eachUnder } from "./each-under.ts";
import { recommendations } from "./recommendations.ts";
import { refusedOn } from "./refused-at.ts";
import { showAssessment } from "./show-assessment.ts";
import { isSameName } from "./target.ts";

/** Assessments on one page. */
export const ASSESSMENTS_ON_A_PAGE = 100;

const SCOPE = /^\/subscriptions\/(?<subscription>[^/]+)(?:\/resourcegroups\/(?<group>[^/]+))?$/i;

const expandOf = (query: URLSearchParams): ReadonlySet<string> =>
  new Set((query.get("$expand") ?? "").split(",").map((one) => one.trim().toLowerCase()));

/** The assessments of a subscription, of a resource group, or of one resource, as far as the caller may read the VMs. */
export async function listAssessments(deps: HandlerDeps, call: ArmCall, scope: string): Promise<ArmAnswer> {
  const expand = expandOf(call.query);
  const groups = SCOPE.exec(scope)?.groups;
  if (groups === undefined) {
    const row = await visible(deps, call.principal, vmOfAzureId(scope, deps.connectors));
    const shown = row && showAssessment(row, deps.connectors, expand);
    return armPage(call, shown === undefined ? [] : [shown], undefined);
  }
  const { subscription = "", group } = groups;
  const prefixes = prefixesUnder(
    { subscription, ...(group === undefined ? {} : { group }) },
    deps.connectors,
    deps.enrolled,
  );
  const value: unknown[] = [];
  let last: string | undefined;
  for await (const row of eachUnder(deps.records, vmsTable, "vm", prefixes, skippedTo(call.query))) {
    if (value.length === ASSESSMENTS_ON_A_PAGE) return armPage(call, value, last);
    last = row.vm;
    if (!isKnown(row) || !(await deps.may(call.principal, "read-vm", row.profile)).allowed) continue;
    const shown = showAssessment(row, deps.connectors, expand);
    if (shown !== undefined) value.push(shown);
  }
  return armPage(call, value, undefined);
}

/** One resource's assessment by the key of the recommendation. */
export async function getAssessment(
  deps: HandlerDeps,
  call: ArmCall,
  { scope, key }: { readonly scope: string; readonly key: string },
): Promise<ArmAnswer> {
  const vm = vmOfAzureId(scope, deps.connectors);
  const row = await visible(deps, call.principal, vm);
  if (row === undefined && vm !== undefined) {
    const refused = await refusedOn(deps, call, "read-vm", vm);
    if (refused !== undefined) return refused;
  }
  const recommendation = recommendations.find((one) => isSameName(one.key, key));
  const shown =
    row !== undefined && recommendation?.cloud === row.profile.cloud
      ? showAssessment(row, deps.connectors, expandOf(call.query))
      : undefined;
  return shown === undefined
    ? armError(404, "ResourceNotFound", `There is no assessment '${key}' of '${scope}'.`)
    : answer(200, shown);
}

async function visible(
  { records, may }: HandlerDeps,
  principal: Principal,
  vm: VmRef | undefined,
): Promise<KnownVm | undefined> {
  const row = vm && (await records.get(vmsTable, vm))?.value;
  if (!isKnown(row) || row.goneAt !== undefined) return undefined;
  return (await may(principal, "read-vm", row.profile)).allowed ? row : undefined;
}
