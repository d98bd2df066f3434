import { SallyportError } from "@sallyport/contracts";
import type { Condition, DenyAssignment, Permission, RoleAssignment, RoleDefinition } from "@sallyport/domain";
import type { z } from "zod";
import { DenyAssignmentEntry, RoleAssignmentEntry, RoleDefinitionEntry } from "./role-file.ts";

// Azure's own documents, from a file or from its API, as the evaluation takes them.

/** A role assignment, with the whole id of its role, and whether it is a user, a service principal or a group that holds it. */
export interface ReadAssignment {
  readonly assignment: RoleAssignment;
  readonly roleDefinitionId: string;
  readonly principalType: string | undefined;
}

/** A role assignment as the API answers with it. Throws `cloud.unreadable`. */
export function readRoleAssignment(json: unknown): ReadAssignment {
  const entry = readAs(RoleAssignmentEntry, json);
  const { roleDefinitionId, principalType } = entry;
  return { assignment: assignmentOf(entry), roleDefinitionId, principalType };
}

/** A role as the API answers with it. Throws `cloud.unreadable`. */
export const readRoleDefinition = (json: unknown): RoleDefinition => definitionOf(readAs(RoleDefinitionEntry, json));

/** A deny assignment, and those that it names without saying that they are one person or one service. */
export interface ReadDeny {
  readonly deny: DenyAssignment;
  readonly groups: readonly string[];
}

/** A deny assignment as the API answers with it. Throws `cloud.unreadable`. */
export function readDenyAssignment(json: unknown): ReadDeny {
  const entry = readAs(DenyAssignmentEntry, json);
  const named = [...entry.principals, ...entry.excludePrincipals];
  return {
    deny: denyAssignmentOf(entry),
    groups: named.flatMap(({ id, type }) =>
      /^(?:User|ServicePrincipal|SystemDefined)$/i.test(type ?? "") ? [] : [folded(id)],
    ),
  };
}

function readAs<Schema extends z.ZodType>(schema: Schema, json: unknown): z.output<Schema> {
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new SallyportError({
    code: "cloud.unreadable",
    detail: `what says who may do what is not of the form that is known: ${issue?.path.map(String).join(".")}: ${issue?.message}`,
  });
}

export const assignmentOf = (entry: z.output<typeof RoleAssignmentEntry>): RoleAssignment => ({
  principalId: folded(entry.principalId),
  roleId: guidOf(entry.roleDefinitionId),
  scope: entry.scope,
  ...conditional(entry),
});

export const definitionOf = (entry: z.output<typeof RoleDefinitionEntry>): RoleDefinition => ({
  id: guidOf(entry.name),
  name: entry.roleName,
  permissions: entry.permissions.map(permissionOf),
  assignableScopes: entry.assignableScopes,
});

export const denyAssignmentOf = (entry: z.output<typeof DenyAssignmentEntry>): DenyAssignment => ({
  name: entry.denyAssignmentName,
  scope: entry.scope,
  principals: entry.principals.map(({ id }) => folded(id)),
  excludePrincipals: entry.excludePrincipals.map(({ id }) => folded(id)),
  permissions: entry.permissions.map(permissionOf),
  doNotApplyToChildScopes: entry.doNotApplyToChildScopes,
});

type Conditional = { readonly condition?: string | undefined; readonly conditionVersion?: string | undefined };

const permissionOf = (entry: Pick<Permission, "actions" | "notActions"> & Conditional): Permission => ({
  actions: entry.actions,
  notActions: entry.notActions,
  ...conditional(entry),
});

const conditional = ({ condition, conditionVersion }: Conditional): { readonly condition?: Condition } =>
  condition === undefined ? {} : { condition: { text: condition, version: conditionVersion } };

export const guidOf = (id: string): string => id.slice(id.lastIndexOf("/") + 1).toLowerCase();

export const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(@[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/i;

/** Entra's ids have no case; subjects of other issuers do. */
export const folded = (id: string): string => (GUID.test(id) ? id.toLowerCase() : id);
