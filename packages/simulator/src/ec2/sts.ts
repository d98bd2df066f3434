import { instantOf, msOf } from "@sallyport/contracts";
import type { Instant } from "@sallyport/contracts";
import { mayAssume } from "../world/aws/account.ts";
import type { Identity, Role, Session } from "../world/aws/account.ts";
import type { Query } from "./query.ts";
import { missing, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

/** What STS answers, with the session that it gives out, if any. */
export type StsOutcome =
  | { readonly refused: Refusal }
  | {
      readonly answer: Readonly<Record<string, unknown>>;
      readonly session?: { readonly accountId: string; readonly session: Session };
    };

export interface StsCall {
  readonly query: Query;
  readonly identity: Identity;
  readonly now: Instant;
  readonly roleOf: (arn: string) => Role | undefined;
  /** That many fresh characters, upper-case letters and digits. */
  readonly newSecret: (length: number) => string;
}

export const stsActions: ReadonlyMap<string, (call: StsCall) => StsOutcome> = new Map([
  ["GetCallerIdentity", getCallerIdentity],
  ["AssumeRole", assumeRole],
]);

function getCallerIdentity({ identity }: StsCall): StsOutcome {
  return { answer: { Arn: identity.arn, UserId: identity.userId, Account: identity.accountId } };
}

const CHAINED_SECONDS = 3600;

function assumeRole({ query, identity, now, roleOf, newSecret }: StsCall): StsOutcome {
  const arn = query.text("RoleArn");
  const name = query.text("RoleSessionName");
  if (arn === undefined || name === undefined)
    return { refused: missing(arn === undefined ? "RoleArn" : "RoleSessionName") };
  if (!/^[\w+=,.@-]{2,64}$/.test(name))
    return wrong("'roleSessionName' failed to satisfy constraint: [\\w+=,.@-]{2,64}");
  const duration = Number(query.text("DurationSeconds") ?? "3600");
  if (!Number.isInteger(duration) || duration < 900 || duration > 43_200)
    return wrong("'durationSeconds' failed to satisfy constraint: from 900 to 43200");
  if (identity.session !== undefined && duration > CHAINED_SECONDS)
    return wrong("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  const role = roleOf(arn);
  if (role === undefined || !mayAssume(role, identity, query.text("ExternalId")))
    return {
      refused: refuse(
        "AccessDenied",
        `User: ${identity.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
        403,
      ),
    };
  const session: Session = {
    accessKeyId: `ASIA${newSecret(16)}`,
    secretAccessKey: newSecret(40),
    sessionToken: newSecret(120),
    roleId: role.RoleId,
    roleName: role.RoleName,
    sessionName: name,
    expiresAt: msOf(now) + duration * 1000,
  };
  const accountId = role.Arn.split(":")[4] ?? "";
  return { answer: sessionAnswer(accountId, session), session: { accountId, session } };
}

const wrong = (message: string): StsOutcome => ({
  refused: refuse("ValidationError", `1 validation error detected: ${message}`),
});

function sessionAnswer(accountId: string, session: Session): Readonly<Record<string, unknown>> {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt, roleId, roleName, sessionName } = session;
  return {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: instantOf(expiresAt),
    },
    AssumedRoleUser: {
      AssumedRoleId: `${roleId}:${sessionName}`,
      Arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
    },
  };
}
