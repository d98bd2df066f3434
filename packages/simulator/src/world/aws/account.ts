import { z } from "zod";

const OneOrMany = z
  .union([z.string(), z.array(z.string())])
  .transform((one) => (typeof one === "string" ? [one] : one));

/** A role as `aws iam list-roles` prints it; of its trust policy, who may assume it and with which external id. */
export const Role = z.looseObject({
  RoleName: z.string(),
  RoleId: z.string(),
  Arn: z.string(),
  AssumeRolePolicyDocument: z.looseObject({
    Statement: z.array(
      z.looseObject({
        Effect: z.enum(["Allow", "Deny"]),
        Principal: z.looseObject({ AWS: OneOrMany.default([]) }),
        Condition: z
          .looseObject({ StringEquals: z.looseObject({ "sts:ExternalId": OneOrMany.optional() }).optional() })
          .optional(),
      }),
    ),
  }),
});
export type Role = z.infer<typeof Role>;

/** What AssumeRole gave out, kept in the world so that it is still taken after a restart. */
export const Session = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string(),
  roleId: z.string(),
  roleName: z.string(),
  sessionName: z.string(),
  /** Epoch milliseconds. */
  expiresAt: z.number(),
});
export type Session = z.infer<typeof Session>;

/** What an account holds beside its regions. */
export const AccountExtras = z.looseObject({
  ListRoles: z.looseObject({ Roles: z.array(Role) }).optional(),
  sessions: z.array(Session).default([]),
});

/** Who signs a request: a user's key, or a role's session. */
export interface Identity {
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly arn: string;
  readonly userId: string;
  readonly session?: Session;
}

/** The user to whom an access key of the world file belongs: the file gives none a name. */
export const userIdentity = (accountId: string, key: { accessKeyId: string; secretAccessKey: string }): Identity => ({
  ...key,
  accountId,
  arn: `arn:aws:iam::${accountId}:user/operator`,
  userId: `AIDA${key.accessKeyId.slice(4).padEnd(16, "A").slice(0, 16)}`,
});

export const sessionIdentity = (accountId: string, session: Session): Identity => ({
  accountId,
  accessKeyId: session.accessKeyId,
  secretAccessKey: session.secretAccessKey,
  arn: `arn:aws:sts::${accountId}:assumed-role/${session.roleName}/${session.sessionName}`,
  userId: `${session.roleId}:${session.sessionName}`,
  session,
});

/** Does the trust policy let this identity in? A statement that denies it wins. */
export function mayAssume(role: Role, identity: Identity, externalId: string | undefined): boolean {
  const names = [identity.arn, identity.accountId, `arn:aws:iam::${identity.accountId}:root`, "*"];
  const matching = role.AssumeRolePolicyDocument.Statement.filter(({ Principal, Condition }) => {
    const wanted = Condition?.StringEquals?.["sts:ExternalId"];
    const isNamed = Principal.AWS.some((name) => names.includes(name));
    return isNamed && (wanted === undefined || (externalId !== undefined && wanted.includes(externalId)));
  });
  return matching.length > 0 && matching.every(({ Effect }) => Effect === "Allow");
}
