import { refusal } from "@sallyport/contracts";
import type { Refusal } from "@sallyport/contracts";
import type { RequiredAction } from "./actions.ts";
import { judgeCondition } from "./condition.ts";
import { matchesAction } from "./match-action.ts";
import { rolesGranting } from "./roles-granting.ts";
import { EVERYONE } from "./roles.ts";
import type { Condition, DenyAssignment, Permission, RoleAssignment, RoleDefinition } from "./roles.ts";
import { covers, coversPath, isSameScope, scopePathOf } from "./scope.ts";
import type { ManagementGroups, ScopePath } from "./scope.ts";

/** Everything that Azure RBAC knows about one principal. */
export interface Rights {
  /** The principal itself, and its groups, transitively. */
  readonly principalIds: readonly string[];
  readonly assignments: readonly RoleAssignment[];
  readonly definitions: readonly RoleDefinition[];
  readonly denyAssignments: readonly DenyAssignment[];
  readonly managementGroups: ManagementGroups;
}

/** Allowed, or every action that is missing with the resource it is missing on (G7). */
export type Decision =
  { readonly allowed: true } | { readonly allowed: false; readonly missing: readonly [Refusal, ...Refusal[]] };

/**
 * May the principal do all of this? Azure's own evaluation (rbac.md §4–6): deny assignments first; then roles are additive, each
 * permission's notActions subtract inside that permission only, conditions fail closed. *All* required actions, each on its own
 * resource; whatever is not granted is refused (G6).
 */
export function evaluate(required: readonly RequiredAction[], rights: Rights): Decision {
  const [first, ...others] = required.flatMap((one) => check(one, rights) ?? []);
  return first === undefined ? { allowed: true } : { allowed: false, missing: [first, ...others] };
}

function check(required: RequiredAction, rights: Rights): Refusal | undefined {
  const { action, resource, or = [] } = required;
  const denied = rights.denyAssignments.find((deny) => blocks(deny, required, rights));
  if (denied !== undefined)
    return refusal(
      "rbac.denied",
      `The deny assignment "${denied.name}" forbids ${action} on ${lastOf(resource)}. No role helps against it: it has to go, or to exempt you.`,
      { action, object: resource },
    );
  if (isGranted(required, rights)) return undefined;
  if (or.some((other) => check(other, rights) === undefined)) return undefined;
  const roles = rolesGranting(action);
  const alternatives = or.map((other) => `, or ${other.action} on ${lastOf(other.resource)}`).join("");
  return refusal(
    "rbac.missing-action",
    `${action} is not granted on ${lastOf(resource)}${alternatives}. A role that holds it has to be assigned there or above: ${[...roles, "a custom role"].join(", ")}.`,
    { action, object: resource, roles: [...roles] },
  );
}

function isGranted({ action, resource }: RequiredAction, rights: Rights): boolean {
  const place = scopePathOf(resource);
  const byPrincipal = heldBy(rights.assignments);
  return rights.principalIds.some((id) =>
    byPrincipal
      .get(id)
      ?.some(
        ({ assignment, scope }) =>
          coversPath(scope, place, rights.managementGroups) &&
          holds(assignment.condition, action) &&
          permissionsOf(rights.definitions, assignment.roleId).some(
            (permission) => includes(permission, action) && holds(permission.condition, action),
          ),
      ),
  );
}

/** An assignment with its scope, read once. */
interface Held {
  readonly assignment: RoleAssignment;
  readonly scope: ScopePath;
}
const held = new WeakMap<Rights["assignments"], ReadonlyMap<string, readonly Held[]>>();

/** Assignments by who has them: the same list is asked about many times, and mostly about others. */
function heldBy(assignments: Rights["assignments"]): ReadonlyMap<string, readonly Held[]> {
  const known = held.get(assignments);
  if (known !== undefined) return known;
  const byPrincipal = new Map<string, Held[]>();
  for (const assignment of assignments) {
    const one = { assignment, scope: scopePathOf(assignment.scope) };
    const own = byPrincipal.get(assignment.principalId);
    if (own === undefined) byPrincipal.set(assignment.principalId, [one]);
    else own.push(one);
  }
  held.set(assignments, byPrincipal);
  return byPrincipal;
}

const permissions = new WeakMap<Rights["definitions"], ReadonlyMap<string, readonly Permission[]>>();

/** What a role grants; of several definitions of one id, all of them. */
function permissionsOf(definitions: Rights["definitions"], roleId: string): readonly Permission[] {
  const known = permissions.get(definitions);
  if (known !== undefined) return known.get(roleId) ?? [];
  const byRole = new Map<string, Permission[]>();
  for (const { id, permissions: more } of definitions) byRole.set(id, [...(byRole.get(id) ?? []), ...more]);
  permissions.set(definitions, byRole);
  return byRole.get(roleId) ?? [];
}

function blocks(deny: DenyAssignment, { action, resource }: RequiredAction, rights: Rights): boolean {
  const isOf = (ids: readonly string[]) => ids.some((id) => rights.principalIds.includes(id));
  return (
    (deny.principals.includes(EVERYONE) || isOf(deny.principals)) &&
    // "Everyone" can be denied, never exempted (rbac.md §5).
    !isOf(deny.excludePrincipals) &&
    (deny.doNotApplyToChildScopes
      ? isSameScope(deny.scope, resource)
      : covers(deny.scope, resource, rights.managementGroups)) &&
    deny.permissions.some((permission) => includes(permission, action) && stands(permission.condition, action))
  );
}

const answers = new WeakMap<Permission, Map<string, boolean>>();
/** Actions are a few from a table; who asks about ever new ones is answered all the same. */
const MOST_ACTIONS = 256;

/** Whether one element of a role holds an action, its condition aside: the same for every assignment of the role. */
function includes(permission: Permission, action: string): boolean {
  const known = answers.get(permission) ?? new Map<string, boolean>();
  const before = known.get(action);
  if (before !== undefined) return before;
  const { actions, notActions } = permission;
  const answer =
    actions.some((pattern) => matchesAction(pattern, action)) &&
    !notActions.some((pattern) => matchesAction(pattern, action));
  if (known.size >= MOST_ACTIONS) known.clear();
  answers.set(permission, known.set(action, answer));
  return answer;
}

// Fail closed both ways: a grant needs its condition true, a deny is lifted only by one that is false.
const holds = (condition: Condition | undefined, action: string): boolean =>
  condition === undefined || judgeCondition(condition, action) === "true";
const stands = (condition: Condition | undefined, action: string): boolean =>
  condition === undefined || judgeCondition(condition, action) !== "false";

const lastOf = (resource: string): string => resource.slice(resource.lastIndexOf("/") + 1) || resource;
