import { z } from "zod";

/** Azure's commands print `null` for what is not set. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

/** The command line prints `{ name, scope, … }`, the REST API `{ name, properties: { scope, … } }`: both are read. */
const flattened = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => {
    const nested = z.looseObject({ properties: z.looseObject({}) }).safeParse(value);
    return nested.success ? { ...nested.data, ...nested.data.properties } : value;
  }, schema);

const Text = z.string().min(1).max(2048);
const Conditional = { condition: optional(z.string().max(20_000)), conditionVersion: optional(z.string().max(16)) };

const PermissionEntry = z.object({
  actions: z.array(z.string().max(512)).default([]),
  notActions: z.array(z.string().max(512)).default([]),
  ...Conditional,
});

export const RoleDefinitionEntry = flattened(
  z.object({
    /** The GUID; the full resource id is read as well. */
    name: Text,
    roleName: z.string().max(512),
    permissions: z.array(PermissionEntry),
    assignableScopes: z.array(Text),
  }),
);

export const RoleAssignmentEntry = flattened(
  z.object({
    principalId: Text,
    principalType: optional(z.string().max(64)),
    roleDefinitionId: Text,
    scope: Text,
    ...Conditional,
  }),
);

const Denied = z.object({ id: Text, type: z.string().optional() });

export const DenyAssignmentEntry = flattened(
  z.object({
    denyAssignmentName: z.string().max(512),
    scope: Text,
    permissions: z.array(PermissionEntry),
    principals: z.array(Denied),
    excludePrincipals: z.array(Denied).default([]),
    doNotApplyToChildScopes: z.boolean().default(false),
  }),
);

const GroupEntry = z.object({
  id: Text,
  members: z.array(z.union([Text, z.object({ id: Text }).transform(({ id }) => id)])),
});

const ManagementGroupEntry = z.object({
  name: Text,
  type: z.string().max(256).default("Microsoft.Management/managementGroups"),
  get children() {
    return z.array(ManagementGroupEntry).nullish();
  },
});
export type ManagementGroupEntry = z.infer<typeof ManagementGroupEntry>;

/**
 * The role file. Its lists hold what Azure's own commands print: `az role definition list`, `az role assignment list --all`, the deny
 * assignments of the REST API, groups with their members as Microsoft Graph expands them, and
 * `az account management-group show --expand --recurse`. Principals of another issuer are named by their whole id, `issuer#sub`.
 */
export const RoleFile = z.strictObject({
  $schema: z.string().optional(),
  /** The Entra tenant whose object ids the file names; without it, only whole principal ids count. */
  tenantId: z.guid().optional(),
  roleDefinitions: z.array(RoleDefinitionEntry).default([]),
  roleAssignments: z.array(RoleAssignmentEntry).default([]),
  denyAssignments: z.array(DenyAssignmentEntry).default([]),
  groups: z.array(GroupEntry).default([]),
  managementGroups: z.array(ManagementGroupEntry).default([]),
});
export type RoleFile = z.infer<typeof RoleFile>;
