import type { PrincipalId } from "@sallyport/contracts";
import type { Rights } from "@sallyport/domain";

/** Where Azure RBAC is looked up: for any principal, who is usually not the caller of the cloud's API (rbac.md §7). */
export interface RoleAssignments {
  /**
   * Everything that may matter to `principal` on any of these resources; more than that does no harm. Fresh within a few seconds:
   * who has just lost a role must not pass, who has just got one must not wait (P49). Throws when it cannot be known: that is
   * a refusal (G6).
   */
  readonly assignmentsFor: (principal: PrincipalId, resources: readonly string[]) => Promise<Rights>;
}
