import type { Log } from "@sallyport/backbone";
import { refusal } from "@sallyport/contracts";
import type { GroupId, Principal, Refusal, ScopeId } from "@sallyport/contracts";
import { evaluate, jitActions, policyScopeOf, requiredFor } from "@sallyport/domain";
import type { Connectors, Decision, RequiredAction, Rights, Task, VmResources } from "@sallyport/domain";
import type { RoleAssignments } from "./role-assignments.ts";

/** What is not about one VM: making API keys, which work wherever Sallyport is connected. It takes the right to write policies there. */
export type ScopeTask = "manage-keys";
/** A whole subscription, or an account in a region. */
export interface WholeScope {
  readonly scope: ScopeId;
}

export interface AskHow {
  /** The group whose members may, groups in groups included, in place of who has the roles for it. */
  readonly approvers?: GroupId | undefined;
  /** Nothing that a source remembers is enough: where a person's yes opens a door, a role that was just taken away is gone (P49). */
  readonly fresh?: boolean;
}

/** May this principal do that with this VM, or within this scope? Never throws: what cannot be looked up is refused (G6). */
export type May = (
  principal: Pick<Principal, "id">,
  task: Task | ScopeTask,
  on: VmResources | WholeScope,
  how?: AskHow,
) => Promise<Decision>;

export interface MayDeps {
  readonly roleAssignments: RoleAssignments;
  /** AWS account id → resource id of its security connector. */
  readonly connectors: Connectors;
  readonly log: Log;
}

/**
 * Gathers, evaluates, explains; no decision is remembered. What a source remembers may allow, never refuse: before somebody is
 * refused, their roles are looked up afresh (rbac.md §8, P49).
 */
export const createMay =
  ({ roleAssignments, connectors, log }: MayDeps): May =>
  async (principal, task, on, { approvers, fresh: isFresh = false } = {}) => {
    const place = "vm" in on ? policyScopeOf(on, connectors) : scopeResourceOf(on.scope, connectors);
    if (typeof place !== "string") return { allowed: false, missing: [place] };
    const required =
      "vm" in on && task !== "manage-keys"
        ? requiredFor(task, on, place)
        : [{ action: jitActions.write, resource: place }];
    try {
      const resources = resourcesOf(required);
      const groups = approvers === undefined ? [] : [approvers];
      const decide = async (fresh: boolean): Promise<Decision> => {
        const rights = await roleAssignments.assignmentsFor(principal.id, resources, { fresh, groups });
        return approvers === undefined ? evaluate(required, rights) : isMember(rights, approvers);
      };
      const decision = await decide(isFresh);
      return decision.allowed || isFresh ? decision : await decide(true);
    } catch (error) {
      log.error("role assignments could not be read", { principal: principal.id, task, on: place, error });
      const detail = "Role assignments could not be read just now, so nothing is allowed. Try again in a moment.";
      return { allowed: false, missing: [refusal("rbac.lookup-failed", detail, { object: place })] };
    }
  };

/** Groups come with the rights, transitively; Entra's ids have no case. */
const isMember = ({ principalIds }: Rights, group: GroupId): Decision =>
  principalIds.some((id) => id.toLowerCase() === group.toLowerCase())
    ? { allowed: true }
    : {
        allowed: false,
        missing: [refusal("auth.forbidden", `Only members of the group ${group} may do this.`, { object: group })],
      };

/** Where the policies of a whole scope are written: the subscription, or the account's security connector. */
function scopeResourceOf(scope: ScopeId, connectors: Connectors): string | Refusal {
  const [account, region] = scope.split("/");
  if (region === undefined) return `/subscriptions/${scope}`;
  return (
    connectors[account ?? ""] ??
    refusal(
      "scope.not-enrolled",
      `AWS account ${account} is not connected: no security connector is configured for it.`,
      {
        object: scope,
      },
    )
  );
}

const resourcesOf = (required: readonly RequiredAction[]): readonly string[] => [
  ...new Set(required.flatMap((one) => [one.resource, ...(one.or ?? []).map(({ resource }) => resource)])),
];
