/**
 * Azure RBAC once more, as the documentation tells it and as slowly as that takes: it reads the documents themselves, makes a regular
 * expression of every pattern and a list of every scope above a resource, and filters step by step. Shares nothing with ours.
 */

export interface RawPermission {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly condition?: string | null;
  readonly conditionVersion?: string | null;
}
export interface RawRole {
  readonly name: string;
  readonly roleName: string;
  readonly permissions: readonly RawPermission[];
  readonly assignableScopes: readonly string[];
}
export interface RawAssignment {
  readonly principalId: string;
  readonly roleDefinitionId: string;
  readonly scope: string;
  readonly condition?: string | null;
  readonly conditionVersion?: string | null;
}
export interface RawDeny {
  readonly denyAssignmentName: string;
  readonly scope: string;
  readonly principals: readonly { readonly id: string }[];
  readonly excludePrincipals: readonly { readonly id: string }[];
  readonly permissions: readonly RawPermission[];
  readonly doNotApplyToChildScopes: boolean;
}
export interface RawGroup {
  readonly id: string;
  readonly members: readonly string[];
}
export interface RawTree {
  readonly name: string;
  readonly type: string;
  readonly children: readonly RawTree[];
}
/** A role file, as far as it matters here. */
export interface RoleWorld {
  readonly roleDefinitions: readonly RawRole[];
  readonly roleAssignments: readonly RawAssignment[];
  readonly denyAssignments: readonly RawDeny[];
  readonly groups: readonly RawGroup[];
  readonly managementGroups: readonly RawTree[];
}

const ZERO = "00000000-0000-0000-0000-000000000000";

export function naivelyMay(world: RoleWorld, principal: string, action: string, resource: string): boolean {
  const me = identities(world, principal);
  const places = placesOf(world, resource);

  const denials = world.denyAssignments
    .filter((deny) =>
      deny.doNotApplyToChildScopes ? fold(deny.scope) === fold(resource) : places.includes(fold(deny.scope)),
    )
    .filter((deny) => deny.principals.some(({ id }) => id === ZERO || me.includes(id)))
    .filter((deny) => !deny.excludePrincipals.some(({ id }) => me.includes(id)))
    .filter((deny) =>
      deny.permissions
        .filter((permission) => covered(permission, action))
        .some((permission) => !plainlyAnother(permission.condition, permission.conditionVersion, action)),
    );
  if (denials.length > 0) return false;

  const roles = world.roleAssignments
    .filter((assignment) => me.includes(assignment.principalId))
    .filter((assignment) => places.includes(fold(assignment.scope)))
    .filter((assignment) => conditionAllows(assignment.condition, assignment.conditionVersion, action))
    .flatMap(({ roleDefinitionId }) =>
      world.roleDefinitions.filter(({ name }) => fold(roleDefinitionId).endsWith(`/${fold(name)}`)),
    );
  return roles
    .flatMap(({ permissions }) => permissions)
    .filter((permission) => conditionAllows(permission.condition, permission.conditionVersion, action))
    .some((permission) => covered(permission, action));
}

const fold = (text: string): string => text.toLowerCase();

/** The principal and whatever it is in, round after round until nothing is added. */
function identities(world: RoleWorld, principal: string): readonly string[] {
  let known = [principal];
  for (;;) {
    const more = world.groups.filter((group) => group.members.some((one) => known.includes(one))).map(({ id }) => id);
    const next = [...new Set([...known, ...more])];
    if (next.length === known.length) return next;
    known = next;
  }
}

/** Every scope at which an assignment applies to the resource. */
function placesOf(world: RoleWorld, resource: string): readonly string[] {
  const words = fold(resource).split("/").slice(1);
  const above = words.map((_, at) => `/${words.slice(0, at + 1).join("/")}`);
  const ways = world.managementGroups.flatMap((tree) => waysTo(tree, words[1] ?? ""));
  return ["/", ...above, ...ways.map((name) => `/providers/microsoft.management/managementgroups/${fold(name)}`)];
}

function waysTo(tree: RawTree, subscription: string): readonly string[] {
  const isHere = tree.children.some(({ name, type }) => type === "/subscriptions" && fold(name) === subscription);
  const below = tree.children.flatMap((child) => waysTo(child, subscription));
  return isHere || below.length > 0 ? [tree.name, ...below] : [];
}

const covered = ({ actions, notActions }: RawPermission, action: string): boolean =>
  actions.some((pattern) => expressionOf(pattern).test(plain(action))) &&
  !notActions.some((pattern) => expressionOf(pattern).test(plain(action)));

const plain = (action: string): string => action.replace("/*/", "/");

const expressions = new Map<string, RegExp>();

/** A star is anything; a segment that is a star may be missing. */
function expressionOf(pattern: string): RegExp {
  const known = expressions.get(pattern);
  if (known !== undefined) return known;
  const parts = pattern
    .split(/(\/\*(?=\/)|\*)/)
    .map((part) => (part === "/*" ? "(?:/.*)?" : part === "*" ? ".*" : part.replaceAll(".", "\\.")));
  const expression = new RegExp(`^${parts.join("")}$`, "is");
  expressions.set(pattern, expression);
  return expression;
}

const named = (text: string): readonly string[] =>
  [...text.matchAll(/ActionMatches\{'([^']*)'\}/g)].map(([, pattern = ""]) => pattern);
const namesOurs = (text: string, action: string): boolean =>
  named(text).some((pattern) => expressionOf(pattern).test(plain(action)));

/** Only the usual shape is read: clauses `((!(ActionMatches{'X'})) OR (…))`, joined by AND, none of which names ours. */
const USUAL =
  /^\(\(!\(ActionMatches\{'[^']*'\}\)\) OR \([^()]*\)\)(?: AND \(\(!\(ActionMatches\{'[^']*'\}\)\) OR \([^()]*\)\))*$/;

function conditionAllows(text: string | null | undefined, version: string | null | undefined, action: string): boolean {
  if (text === null || text === undefined) return true;
  return version === "2.0" && USUAL.test(text) && !namesOurs(text, action);
}

/** `ActionMatches{'X'}`, alone or with more that must hold, where X is not ours. */
function plainlyAnother(text: string | null | undefined, version: string | null | undefined, action: string): boolean {
  if (text === null || text === undefined || version !== "2.0") return false;
  return /^ActionMatches\{'[^']*'\}(?: AND \([^()]*\))?$/.test(text) && !namesOurs(text, action);
}
