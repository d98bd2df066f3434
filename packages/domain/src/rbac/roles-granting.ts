import { computeActions, jitActions, networkActions } from "./actions.ts";
import { matchesAction } from "./match-action.ts";
import { builtInRoles } from "./built-in-roles.ts";
import type { RoleDefinition } from "./roles.ts";

const known = new Map<string, readonly string[]>();
/** Actions are a few from a table; who asks about ever new ones is answered all the same. */
const MOST_ACTIONS = 256;

/** The built-in roles that hold an action, the one that gives least beside it first. */
export function rolesGranting(action: string): readonly string[] {
  const before = known.get(action);
  if (before !== undefined) return before;
  const roles = Object.values<RoleDefinition>(builtInRoles)
    .filter((role) => holds(role, action))
    .toSorted((a, b) => weightOf(a) - weightOf(b))
    .map(({ name }) => name);
  if (known.size >= MOST_ACTIONS) known.clear();
  known.set(action, roles);
  return roles;
}

const holds = ({ permissions }: RoleDefinition, action: string): boolean =>
  permissions.some(
    ({ actions, notActions }) =>
      actions.some((pattern) => matchesAction(pattern, action)) &&
      !notActions.some((pattern) => matchesAction(pattern, action)),
  );

/** What a role is weighed by: the actions of ours, and some that show how far it reaches beyond them. */
const YARDSTICK = [
  ...Object.values(jitActions),
  ...Object.values(computeActions),
  ...Object.values(networkActions),
  "Microsoft.Storage/storageAccounts/read",
  "Microsoft.Storage/storageAccounts/delete",
  "Microsoft.Compute/virtualMachines/delete",
  "Microsoft.Authorization/roleAssignments/write",
];

/** Changing weighs more than any number of reads. */
const weightOf = (role: RoleDefinition): number =>
  YARDSTICK.filter((action) => holds(role, action)).reduce(
    (sum, action) => sum + (action.endsWith("/read") ? 1 : YARDSTICK.length),
    0,
  );
