import { VmRef, cloudOf } from "@sallyport/contracts";
import type { Task } from "@sallyport/domain";
import type { HandlerDeps } from "../deps.ts";
import type { ArmError } from "./arm-error.ts";
import { armRefusal } from "./arm-refusal.ts";
import type { ArmCall } from "./call.ts";
import type { PolicyPlace } from "./target.ts";

type Deps = Pick<HandlerDeps, "may">;
type Caller = Pick<ArmCall, "principal">;

/** Why the caller may not do that with a VM of this id, whether it exists or not; `undefined`: nothing is against it. */
export async function refusedOn(
  deps: Deps,
  { principal }: Caller,
  task: Task,
  vm: VmRef,
): Promise<ArmError | undefined> {
  const decision = await deps.may(principal, task, { vm, cloud: cloudOf(vm), interfaces: [], publicAddresses: [] });
  return decision.allowed ? undefined : armRefusal(decision.missing, { principal, invalid: "InvalidRequestContent" });
}

/** The same of a place: Resource Manager judges rights by the text of a scope, before it looks what is there. */
export async function refusedAt(
  deps: Deps,
  caller: Caller,
  task: "read-policy" | "remove-policy",
  { subscription, group }: Pick<PolicyPlace, "subscription" | "group">,
): Promise<ArmError | undefined> {
  const anyVm = VmRef.safeParse(
    `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/any`,
  );
  return anyVm.success ? refusedOn(deps, caller, task, anyVm.data) : undefined;
}
