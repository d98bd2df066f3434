import { z } from "zod";
import { Tag } from "./describe.ts";
import { AuthorizationDetails, Role } from "./iam/directory.ts";
import type { Held, User } from "./iam/directory.ts";
import type { Permissions } from "./iam/judge.ts";
import { PolicyDocument } from "./iam/policy.ts";
import { contextOf } from "./iam/request.ts";
import type { Context } from "./iam/request.ts";

/** What AssumeRole gave out, kept in the world so that it is still taken after a restart. */
export const Session = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string(),
  roleArn: z.string(),
  roleId: z.string(),
  roleName: z.string(),
  sessionName: z.string(),
  sourceIdentity: z.string().optional(),
  /** Session tags over the role's own. */
  tags: z.array(Tag).default([]),
  transitiveTagKeys: z.array(z.string()).default([]),
  /** Session policies. */
  policies: z.array(PolicyDocument).optional(),
  /** Epoch milliseconds. */
  expiresAt: z.number(),
});
export type Session = z.infer<typeof Session>;

/** What an account holds beside its regions. */
export const AccountExtras = z.looseObject({
  ListRoles: z.looseObject({ Roles: z.array(Role) }).optional(),
  GetAccountAuthorizationDetails: AuthorizationDetails.optional(),
  /** The organisation's service control policies, from the root to the account: on each level one must allow. */
  serviceControlPolicies: z.array(z.array(PolicyDocument)).optional(),
  /** One that an older version kept differently counts as ended. */
  sessions: z
    .array(z.unknown())
    .default([])
    .transform((sessions) => sessions.flatMap((one) => Session.safeParse(one).data ?? [])),
});

/** Who signs a request: a user's key, or a role's session. */
export interface Identity {
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly arn: string;
  /** The user, or the role of the session: `aws:PrincipalArn`. */
  readonly principalArn: string;
  readonly userId: string;
  readonly session?: Session;
  /** Absent: he may do everything, as in a world without IAM. */
  readonly permissions?: Permissions;
  /** What conditions can ask about him. */
  readonly context: Context;
}

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The user to whom an access key belongs. One that the world does not name is `operator`, who may do everything. */
export function userIdentity(accountId: string, key: Key, user: Held<User> | undefined): Identity {
  const { accessKeyId, secretAccessKey } = key;
  const arn = user?.about.Arn ?? `arn:aws:iam::${accountId}:user/operator`;
  const userId = user?.about.UserId ?? `AIDA${accessKeyId.slice(4).padEnd(16, "A").slice(0, 16)}`;
  return {
    accessKeyId,
    secretAccessKey,
    accountId,
    arn,
    principalArn: arn,
    userId,
    ...(user?.permissions && { permissions: user.permissions }),
    context: contextOf({
      "aws:PrincipalArn": arn,
      "aws:PrincipalAccount": accountId,
      "aws:PrincipalType": "User",
      "aws:userid": userId,
      "aws:username": user?.about.UserName ?? "operator",
      ...principalTags(user?.about.Tags ?? []),
    }),
  };
}

export function sessionIdentity(accountId: string, session: Session, role: Held<Role> | undefined): Identity {
  const { accessKeyId, secretAccessKey, roleArn, roleId, roleName, sessionName, sourceIdentity } = session;
  const userId = `${roleId}:${sessionName}`;
  return {
    accountId,
    accessKeyId,
    secretAccessKey,
    arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
    principalArn: roleArn,
    userId,
    session,
    ...permissionsOf(session, role),
    context: contextOf({
      "aws:PrincipalArn": roleArn,
      "aws:PrincipalAccount": accountId,
      "aws:PrincipalType": "AssumedRole",
      "aws:userid": userId,
      "aws:SourceIdentity": sourceIdentity,
      ...principalTags([...(role?.about.Tags ?? []), ...session.tags]),
    }),
  };
}

/** A session policy narrows also a role that may do everything; a role that is gone leaves its sessions nothing. */
function permissionsOf({ policies }: Session, role: Held<Role> | undefined): Pick<Identity, "permissions"> {
  const own = role === undefined ? { identity: [] } : role.permissions;
  if (policies === undefined) return own === undefined ? {} : { permissions: own };
  return { permissions: { ...(own ?? { identity: [EVERYTHING] }), session: policies } };
}

/** The identity within the limits that its account's organisation sets, whatever else it may do. */
export function withinOrganisation(
  identity: Identity,
  organisation: NonNullable<Permissions["organisation"]> | undefined,
): Identity {
  if (organisation === undefined) return identity;
  return { ...identity, permissions: { ...(identity.permissions ?? { identity: [EVERYTHING] }), organisation } };
}

const EVERYTHING = PolicyDocument.parse({ Statement: { Effect: "Allow", Action: "*", Resource: "*" } });

const principalTags = (tags: readonly Tag[]): Readonly<Record<string, string>> =>
  Object.fromEntries(tags.map(({ Key, Value }) => [`aws:PrincipalTag/${Key}`, Value]));
