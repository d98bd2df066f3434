import type { HandlerDeps } from "../deps.ts";
import { armPage, skippedTo } from "./arm-page.ts";
import type { ArmAnswer, ArmCall } from "./call.ts";
import { collectionsIn, createReadable } from "./members.ts";
import { showAzurePolicy } from "./show-azure-policy.ts";
import type { ListScope } from "./target.ts";

/** Policies on one page. */
export const POLICIES_ON_A_PAGE = 20;

/** List, ListByRegion, ListByResourceGroup, ListByResourceGroupAndRegion: what the caller may read, in the order of their ids. */
export async function listAzurePolicies(deps: HandlerDeps, call: ArmCall, scope: ListScope): Promise<ArmAnswer> {
  const readable = createReadable(deps, call.principal);
  const after = skippedTo(call.query) ?? "";
  const found = [...(await collectionsIn(deps, scope))]
    .filter(([key]) => key > after)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const value: unknown[] = [];
  let last: string | undefined;
  for (const [key, collection] of found) {
    const members = await readable(collection.members);
    if (members.length === 0) continue;
    if (value.length === POLICIES_ON_A_PAGE) return armPage(call, value, last);
    value.push(await showAzurePolicy(deps, { ...collection, members }));
    last = key;
  }
  return armPage(call, value, undefined);
}
