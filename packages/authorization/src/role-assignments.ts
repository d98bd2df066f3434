import type { PrincipalId } from "@sallyport/contracts";
import type { Rights } from "@sallyport/domain";

/** Where Azure RBAC is looked up: for any principal, who is usually not the caller of the cloud's API (rbac.md §7). */
export interface RoleAssignments {
  /**
   * Everything that may matter to `principal` on any of these resources; more than that does no harm. It may be a little old, which
   * each source says of itself; with `fresh` it is looked up now, within a few seconds: who has just got a role must not wait (P49).
   * Whether the principal is in each of `groups` is known from what is answered, directly or through groups. Throws when it cannot
   * be known: that is a refusal (G6).
   */
  readonly assignmentsFor: (
    principal: PrincipalId,
    resources: readonly string[],
    how?: { readonly fresh: boolean; readonly groups?: readonly string[] },
  ) => Promise<Rights>;
}
