import { SallyportError } from "@sallyport/contracts";
import type { PrincipalId } from "@sallyport/contracts";
import { builtInRoles, covers, isKnownAction, isReadableCondition, isScope } from "@sallyport/domain";
import type { Condition, Permission, Rights, RoleDefinition } from "@sallyport/domain";
import { readManagementGroups } from "./management-group-tree.ts";
import { cyclesIn, groupsOf } from "./memberships.ts";
import type { Groups } from "./memberships.ts";
import { GUID, assignmentOf, definitionOf, denyAssignmentOf, folded, guidOf } from "./read-arm-roles.ts";
import { RoleFile } from "./role-file.ts";

/** What a role file says, ready to be asked. */
export interface RoleBook {
  readonly rightsOf: (principal: PrincipalId) => Rights;
  /** Things that grant nothing and may be mistakes, for the log. */
  readonly remarks: readonly string[];
}

/**
 * Reads a role file. Throws one `configuration.invalid` that names every mistake: a form that is not Azure's, a malformed scope, an
 * assignment outside its role's assignable scopes, groups that contain each other (rbac.md §9), a role that is defined twice, an
 * action that there is not, a condition that cannot be read.
 */
export function readRoleFile(text: string): RoleBook {
  const file = parse(text);
  const groups: Groups = new Map(file.groups.map(({ id, members }) => [folded(id), members.map(folded)]));
  const definitions = definitionsOf(file);
  const managementGroups = readManagementGroups(file.managementGroups);
  const assignments = file.roleAssignments.map(assignmentOf);
  const denyAssignments = file.denyAssignments.map(denyAssignmentOf);

  const roleOf = (roleId: string) => definitions.find(({ id }) => id === roleId);
  const mistakes = [
    ...[...assignments, ...denyAssignments].flatMap(({ scope }) =>
      isScope(scope) ? [] : [`"${scope}" is not a scope`],
    ),
    ...assignments.flatMap(({ principalId, roleId, scope }) => {
      const role = roleOf(roleId);
      return role === undefined || role.assignableScopes.some((place) => covers(place, scope, managementGroups))
        ? []
        : [`the assignment of "${role.name}" to ${principalId} at ${scope} lies outside the role's assignable scopes`];
    }),
    ...repeated(file.roleDefinitions.map(({ name }) => guidOf(name))).map((id) => `the role ${id} is defined twice`),
    ...file.roleDefinitions.flatMap(({ roleName, permissions }) =>
      unknownActions(permissions).map((action) => `"${action}" of the role "${roleName}" is no action`),
    ),
    ...file.denyAssignments.flatMap(({ denyAssignmentName, permissions }) =>
      unknownActions(permissions).map((action) => `"${action}" of the deny "${denyAssignmentName}" is no action`),
    ),
    ...unreadable(assignments).map(
      ({ principalId, scope }) => `the condition of ${principalId} at ${scope} ${UNREADABLE}`,
    ),
    ...definitions.flatMap(({ name, permissions }) =>
      unreadable(permissions).map(() => `a condition of the role "${name}" ${UNREADABLE}`),
    ),
    ...denyAssignments.flatMap(({ name, permissions }) =>
      unreadable(permissions).map(() => `a condition of the deny "${name}" ${UNREADABLE}`),
    ),
    ...cyclesIn(groups).map((group) => `the group ${group} contains itself, directly or through other groups`),
  ];
  if (mistakes.length > 0) throw invalid(mistakes);

  const unknown = new Set(assignments.flatMap(({ roleId }) => (roleOf(roleId) === undefined ? [roleId] : [])));
  return {
    rightsOf: (principal) => {
      const own = idsOf(principal, file.tenantId);
      const principalIds = [...new Set([...own, ...own.flatMap((id) => groupsOf(id, groups))])];
      return {
        principalIds,
        assignments: assignments.filter(({ principalId }) => principalIds.includes(principalId)),
        definitions,
        denyAssignments,
        managementGroups,
      };
    },
    remarks: [...unknown].map((roleId) => `the role ${roleId} is assigned, but defined nowhere: it grants nothing`),
  };
}

const UNREADABLE = "cannot be read";

const unreadable = <Held extends { readonly condition?: Condition }>(those: readonly Held[]): readonly Held[] =>
  those.filter(({ condition }) => condition !== undefined && !isReadableCondition(condition));

const unknownActions = (permissions: readonly Pick<Permission, "actions" | "notActions">[]): readonly string[] =>
  permissions.flatMap(({ actions, notActions }) => [...actions, ...notActions].filter((one) => !isKnownAction(one)));

const repeated = (ids: readonly string[]): readonly string[] => [
  ...new Set(ids.filter((id, at) => ids.indexOf(id) !== at)),
];

function parse(text: string): RoleFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid(["it is not JSON"]);
  }
  const parsed = RoleFile.safeParse(json);
  if (!parsed.success)
    throw invalid(
      parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".") || "file"}: ${message}`),
    );
  return parsed.data;
}

function definitionsOf(file: RoleFile): readonly RoleDefinition[] {
  const own = file.roleDefinitions.map(definitionOf);
  const builtIn = Object.values(builtInRoles).filter(({ id }) => !own.some((role) => role.id === id));
  return [...own, ...builtIn];
}

/** The ids by which the file may name a principal: its whole id, and the bare object id if it is of the file's own tenant. */
function idsOf(principal: PrincipalId, tenantId: string | undefined): readonly string[] {
  const whole = folded(principal);
  const [oid, tenant] = whole.split("@");
  const isOfTenant = GUID.test(whole) && tenant !== undefined && tenant === tenantId?.toLowerCase();
  return isOfTenant && oid !== undefined ? [whole, oid] : [whole];
}

const invalid = (mistakes: readonly string[]): SallyportError =>
  new SallyportError({
    code: "configuration.invalid",
    detail: `The role file has mistakes:\n${mistakes.map((one) => `  - ${one}`).join("\n")}`,
  });
