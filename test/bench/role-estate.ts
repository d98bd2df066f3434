import { builtInRoles, computeActions, jitActions, matchesAction, networkActions } from "@sallyport/domain";
import type { RoleAssignment, RoleDefinition } from "@sallyport/domain";

export interface Question {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
}

const PRINCIPALS = 250;
const ASSIGNMENTS = 1000;
const QUESTIONS = 1000;
const SUBSCRIPTIONS = 20;
const GROUPS = 5;
const MACHINES = 10;

const roles = [
  builtInRoles.reader,
  builtInRoles.securityReader,
  builtInRoles.securityAdmin,
  builtInRoles.virtualMachineContributor,
] satisfies readonly RoleDefinition[];

/** What is asked about. */
const ACTIONS = [
  jitActions.initiate,
  jitActions.write,
  jitActions.read,
  computeActions.read,
  computeActions.write,
  networkActions.readPublicAddresses,
];

const subscription = (n: number) => `/subscriptions/6f1c9f0e-7d3a-4c11-9a57-${`${n}`.padStart(12, "0")}`;
const group = (n: number) => `${subscription(n % SUBSCRIPTIONS)}/resourcegroups/rg-${n % GROUPS}`;
const machine = (n: number) => `${group(n)}/providers/microsoft.compute/virtualmachines/vm-${n % MACHINES}`;
const principal = (n: number) => `6a1d9e00-0000-4000-8000-${`${n % PRINCIPALS}`.padStart(12, "0")}`;

/** Whole numbers that look like chance, and are the same in every run. */
const chance = (n: number): number => Math.imul(n + 1, 0x9e3779b1) >>> 8;
const one = <T>(of: readonly [T, ...T[]] | readonly T[], n: number): T => {
  const found = of[chance(n) % of.length];
  if (found === undefined) throw new Error("nothing to choose from");
  return found;
};

/** Assignments of built-in roles to people, at subscriptions, resource groups and machines. */
export const assignments: readonly RoleAssignment[] = Array.from({ length: ASSIGNMENTS }, (_, n) => ({
  principalId: principal(n),
  roleId: one(roles, n).id,
  scope: one([subscription, group, machine], 3 * n + 1)(chance(7 * n + 2)),
}));

export const definitions: readonly RoleDefinition[] = roles;

/** Every second one is about a place where the asker has a role, so that both answers are met often. */
export const questions: readonly Question[] = Array.from({ length: QUESTIONS }, (_, n) => {
  const held = one(assignments, 5 * n);
  const anywhere = machine(chance(11 * n));
  return {
    principal: held.principalId,
    action: one(ACTIONS, 13 * n + 3),
    resource:
      n % 2 === 0 && held.scope.includes("/virtualmachines/")
        ? held.scope
        : n % 2 === 0
          ? within(held.scope, n)
          : anywhere,
  };
});

/** A machine in a subscription or a resource group. */
function within(scope: string, n: number): string {
  const inGroup = scope.includes("/resourcegroups/") ? scope : `${scope}/resourcegroups/rg-${chance(n) % GROUPS}`;
  return `${inGroup}/providers/microsoft.compute/virtualmachines/vm-${chance(17 * n) % MACHINES}`;
}

/** What a role comes to, action by action: the others are not asked to read wildcards and what is taken back. */
export function actionsOf(roleId: string): readonly string[] {
  const role = roles.find(({ id }) => id === roleId);
  return ACTIONS.filter((action) =>
    role?.permissions.some(
      ({ actions, notActions }) =>
        actions.some((pattern) => matchesAction(pattern, action)) &&
        !notActions.some((pattern) => matchesAction(pattern, action)),
    ),
  );
}

/** A resource and every place above it, nearest first. */
export function placesAbove(resource: string): readonly string[] {
  const parts = resource.split("/");
  return [9, 5, 3].filter((length) => length <= parts.length).map((length) => parts.slice(0, length).join("/"));
}
