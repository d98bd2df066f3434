import { z } from "zod";
import { Tag } from "../describe.ts";
import type { Permissions } from "./judge.ts";
import { PolicyDocument } from "./policy.ts";

const Inline = z.looseObject({ PolicyName: z.string(), PolicyDocument });
const Attached = z.looseObject({ PolicyArn: z.string() });
const Boundary = z.looseObject({ PermissionsBoundaryArn: z.string() });

/** A role as `aws iam list-roles` prints it. */
export const Role = z.looseObject({
  RoleName: z.string(),
  RoleId: z.string(),
  Arn: z.string(),
  AssumeRolePolicyDocument: PolicyDocument,
  MaxSessionDuration: z.int().optional(),
  Tags: z.array(Tag).default([]),
});
export type Role = z.infer<typeof Role>;

const RoleDetail = Role.extend({
  RolePolicyList: z.array(Inline).default([]),
  AttachedManagedPolicies: z.array(Attached).default([]),
  PermissionsBoundary: Boundary.optional(),
});

const UserDetail = z.looseObject({
  UserName: z.string(),
  UserId: z.string(),
  Arn: z.string(),
  UserPolicyList: z.array(Inline).default([]),
  /** Names of groups whose policies are his, too. */
  GroupList: z.array(z.string()).default([]),
  AttachedManagedPolicies: z.array(Attached).default([]),
  PermissionsBoundary: Boundary.optional(),
  Tags: z.array(Tag).default([]),
});

const GroupDetail = z.looseObject({
  GroupName: z.string(),
  GroupPolicyList: z.array(Inline).default([]),
  AttachedManagedPolicies: z.array(Attached).default([]),
});

const ManagedPolicy = z.looseObject({
  Arn: z.string(),
  PolicyVersionList: z
    .array(z.looseObject({ Document: PolicyDocument, IsDefaultVersion: z.boolean().default(false) }))
    .default([]),
});

/** What `aws iam get-account-authorization-details` prints of users, their groups, roles and the policies attached to them. */
export const AuthorizationDetails = z.looseObject({
  UserDetailList: z.array(UserDetail).default([]),
  GroupDetailList: z.array(GroupDetail).default([]),
  RoleDetailList: z.array(RoleDetail).default([]),
  Policies: z.array(ManagedPolicy).default([]),
});
export type AuthorizationDetails = z.infer<typeof AuthorizationDetails>;

/** A user or role with what it may do; without `permissions` it may do everything. */
export interface Held<T> {
  readonly about: T;
  readonly permissions?: Permissions;
}
export type User = Pick<z.infer<typeof UserDetail>, "UserName" | "UserId" | "Arn" | "Tags">;

/** Throws when the world does not hold the group: what it denies could not be enforced. */
function groupNamed(groups: readonly z.infer<typeof GroupDetail>[], holder: string, name: string) {
  const group = groups.find(({ GroupName }) => GroupName === name);
  if (group === undefined) throw new Error(`${holder}: the world does not hold the group ${name}`);
  return group;
}

/** Who there is in an account, and what he may do. */
export interface Directory {
  readonly role: (arn: string) => Held<Role> | undefined;
  /** Throws when the world holds users, but not this one. */
  readonly user: (name: string) => Held<User> | undefined;
  readonly managedPolicy: (arn: string) => PolicyDocument | undefined;
}

/**
 * Roles that are only listed may do everything: a world without policies is one without IAM. Throws when a policy is attached whose
 * document the world does not hold, because it could not be enforced.
 */
export function createDirectory(listed: readonly Role[], details: AuthorizationDetails | undefined): Directory {
  const managed = new Map(
    (details?.Policies ?? []).flatMap(({ Arn, PolicyVersionList }) => {
      const version = PolicyVersionList.find(({ IsDefaultVersion }) => IsDefaultVersion) ?? PolicyVersionList[0];
      return version === undefined ? [] : [[Arn, version.Document] as const];
    }),
  );
  const documentOf = (holder: string, arn: string): PolicyDocument => {
    const document = managed.get(arn);
    if (document === undefined) throw new Error(`${holder}: the world does not hold the policy ${arn}`);
    return document;
  };
  const permissionsOf = (
    holder: string,
    inline: readonly z.infer<typeof Inline>[],
    {
      AttachedManagedPolicies,
      PermissionsBoundary,
    }: Pick<z.infer<typeof RoleDetail>, "AttachedManagedPolicies" | "PermissionsBoundary">,
  ): Permissions => ({
    identity: [
      ...inline.map(({ PolicyDocument: document }) => document),
      ...AttachedManagedPolicies.map(({ PolicyArn }) => documentOf(holder, PolicyArn)),
    ],
    ...(PermissionsBoundary && { boundary: [documentOf(holder, PermissionsBoundary.PermissionsBoundaryArn)] }),
  });
  const roles = new Map<string, Held<Role>>(listed.map((about) => [about.Arn.toLowerCase(), { about }]));
  for (const one of details?.RoleDetailList ?? [])
    roles.set(one.Arn.toLowerCase(), {
      about: { ...roles.get(one.Arn.toLowerCase())?.about, ...one },
      permissions: permissionsOf(one.Arn, one.RolePolicyList, one),
    });
  const users = new Map<string, Held<User>>(
    (details?.UserDetailList ?? []).map((one) => {
      const groups = one.GroupList.map((name) => groupNamed(details?.GroupDetailList ?? [], one.Arn, name));
      const all = {
        ...one,
        AttachedManagedPolicies: [one, ...groups].flatMap(({ AttachedManagedPolicies }) => AttachedManagedPolicies),
      };
      const inline = [...one.UserPolicyList, ...groups.flatMap(({ GroupPolicyList }) => GroupPolicyList)];
      return [one.UserName, { about: one, permissions: permissionsOf(one.Arn, inline, all) }];
    }),
  );
  return {
    role: (arn) => roles.get(arn.toLowerCase()),
    user: (name) => {
      const user = users.get(name);
      if (user === undefined && details !== undefined) throw new Error(`the world does not hold the user ${name}`);
      return user;
    },
    managedPolicy: (arn) => managed.get(arn),
  };
}
