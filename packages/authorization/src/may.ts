import type { Log } from "@sallyport/backbone";
import { refusal } from "@sallyport/contracts";
import type { Principal } from "@sallyport/contracts";
import { evaluate, policyScopeOf, requiredFor } from "@sallyport/domain";
import type { Connectors, Decision, RequiredAction, Task, VmResources } from "@sallyport/domain";
import type { RoleAssignments } from "./role-assignments.ts";

/** May this principal do that with this VM? Never throws: what cannot be looked up is refused (G6). */
export type May = (principal: Pick<Principal, "id">, task: Task, vm: VmResources) => Promise<Decision>;

export interface MayDeps {
  readonly roleAssignments: RoleAssignments;
  /** AWS account id → resource id of its security connector. */
  readonly connectors: Connectors;
  readonly log: Log;
}

/** Gathers, evaluates, explains; every decision from a fresh look, none is remembered (P49). */
export const createMay =
  ({ roleAssignments, connectors, log }: MayDeps): May =>
  async (principal, task, vm) => {
    const policyScope = policyScopeOf(vm, connectors);
    if (typeof policyScope !== "string") return { allowed: false, missing: [policyScope] };
    const required = requiredFor(task, vm, policyScope);
    try {
      return evaluate(required, await roleAssignments.assignmentsFor(principal.id, resourcesOf(required)));
    } catch (error) {
      log.error("role assignments could not be read", { principal: principal.id, task, vm: vm.vm, error });
      const detail = "Role assignments could not be read just now, so nothing is allowed. Try again in a moment.";
      return { allowed: false, missing: [refusal("rbac.lookup-failed", detail, { object: policyScope })] };
    }
  };

const resourcesOf = (required: readonly RequiredAction[]): readonly string[] => [
  ...new Set(required.flatMap((one) => [one.resource, ...(one.or ?? []).map(({ resource }) => resource)])),
];
