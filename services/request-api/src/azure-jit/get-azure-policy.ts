import { answer } from "../http/answer.ts";
import type { HandlerDeps } from "../deps.ts";
import { policyNotFound } from "./arm-error.ts";
import type { ArmAnswer, ArmCall } from "./call.ts";
import { collectionsIn, createReadable, keyOf } from "./members.ts";
import { refusedAt } from "./refused-at.ts";
import { showAzurePolicy } from "./show-azure-policy.ts";
import type { PolicyPlace } from "./target.ts";

/** Get: the policy with its history. Who may not read in its group is told so, whether it exists or not. */
export async function getAzurePolicy(deps: HandlerDeps, call: ArmCall, place: PolicyPlace): Promise<ArmAnswer> {
  const collection = (await collectionsIn(deps, place)).get(keyOf(place));
  const members = await createReadable(deps, call.principal)(collection?.members ?? []);
  if (collection === undefined || members.length === 0)
    return (await refusedAt(deps, call, "read-policy", place)) ?? policyNotFound(place.name);
  return answer(200, await showAzurePolicy(deps, { ...collection, members }));
}
