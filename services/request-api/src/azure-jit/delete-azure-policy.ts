import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import { commitRemoval, mayRemove } from "../routes/remove-policy.ts";
import { armRefusal } from "./arm-refusal.ts";
import type { ArmAnswer, ArmCall } from "./call.ts";
import { collectionsIn, keyOf, nameOf } from "./members.ts";
import { refusedAt } from "./refused-at.ts";
import { isSameName } from "./target.ts";
import type { PolicyPlace } from "./target.ts";

/** Delete: 200 when there was one, 204 when there was none, both without a body. All of its VMs, or none. */
export async function deleteAzurePolicy(deps: HandlerDeps, call: ArmCall, place: PolicyPlace): Promise<ArmAnswer> {
  const { id, principal } = call;
  const members = (await collectionsIn(deps, place)).get(keyOf(place))?.members ?? [];
  if (members.length === 0) return (await refusedAt(deps, call, "remove-policy", place)) ?? answer(204);
  for (const { vm } of members) {
    const decision = await deps.may(principal, "remove-policy", vm.profile);
    if (!decision.allowed) return armRefusal(decision.missing, { principal, invalid: "InvalidRequestContent" });
    const refused = await mayRemove(deps, { vm: vm.vm, principal });
    if (refused !== undefined) return armRefusal(refused.refusals, { principal, invalid: "InvalidRequestContent" });
  }
  const onlyIf = (policy: Parameters<typeof nameOf>[0]) => isSameName(nameOf(policy), place.name);
  for (const { vm } of members) await commitRemoval(deps, { vm: vm.vm, principal, callId: id, onlyIf });
  return answer(200);
}
