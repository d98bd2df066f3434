import { instantOf, msOf } from "@sallyport/contracts";
import type { Identity, Session } from "../world/aws/account.ts";
import type { Tag } from "../world/aws/describe.ts";
import { mayAssume } from "./may-assume.ts";
import { isRefusal, missing } from "./refusal.ts";
import type { StsCall, StsOutcome } from "./sts-call.ts";
import { readSessionPolicies, readSessionTags, validationError } from "./session-parameters.ts";

export const stsActions: ReadonlyMap<string, (call: StsCall) => StsOutcome> = new Map([
  ["GetCallerIdentity", getCallerIdentity],
  ["AssumeRole", assumeRole],
]);

/** Needs no permission: even who is denied everything may ask who he is. */
function getCallerIdentity({ identity }: StsCall): StsOutcome {
  return { answer: { Arn: identity.arn, UserId: identity.userId, Account: identity.accountId } };
}

const CHAINED_SECONDS = 3600;
const NAME = /^[\w+=,.@-]{2,64}$/;

function assumeRole(call: StsCall): StsOutcome {
  const { query, identity, now, newSecret } = call;
  const arn = query.text("RoleArn");
  const name = query.text("RoleSessionName");
  if (arn === undefined || name === undefined)
    return { refused: missing(arn === undefined ? "RoleArn" : "RoleSessionName") };
  if (!NAME.test(name)) return wrong("'roleSessionName' failed to satisfy constraint: [\\w+=,.@-]{2,64}");
  const sourceIdentity = query.text("SourceIdentity");
  if (sourceIdentity !== undefined && !NAME.test(sourceIdentity))
    return wrong("'sourceIdentity' failed to satisfy constraint: [\\w+=,.@-]{2,64}");
  const duration = Number(query.text("DurationSeconds") ?? "3600");
  if (!Number.isInteger(duration) || duration < 900 || duration > 43_200)
    return wrong("'durationSeconds' failed to satisfy constraint: from 900 to 43200");
  if (identity.session !== undefined && duration > CHAINED_SECONDS)
    return wrong("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  const tags = readSessionTags(query);
  if (isRefusal(tags)) return { refused: tags };
  const policies = readSessionPolicies(query, call.managedPolicyOf);
  if (policies !== undefined && isRefusal(policies)) return { refused: policies };
  const role = mayAssume(call, arn, tags);
  if (isRefusal(role)) return { refused: role };
  if (duration > (role.about.MaxSessionDuration ?? 43_200))
    return wrong("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  const kept = transitiveTags(identity, tags);
  const source = identity.session?.sourceIdentity ?? sourceIdentity;
  const session: Session = {
    accessKeyId: `ASIA${newSecret(16)}`,
    secretAccessKey: newSecret(40),
    sessionToken: newSecret(120),
    roleArn: role.about.Arn,
    roleId: role.about.RoleId,
    roleName: role.about.RoleName,
    sessionName: name,
    ...(source !== undefined && { sourceIdentity: source }),
    tags: [...kept, ...tags],
    transitiveTagKeys: [...kept.map(({ Key }) => Key), ...query.texts("TransitiveTagKeys.member")],
    ...(policies !== undefined && { policies: [...policies] }),
    expiresAt: msOf(now) + duration * 1000,
  };
  const accountId = role.about.Arn.split(":")[4] ?? "";
  return { answer: sessionAnswer(accountId, session), session: { accountId, session } };
}

const wrong = (message: string): StsOutcome => ({ refused: validationError(message) });

/** Tags that the caller's session hands on, whatever the next role is; a session cannot give them another value. */
function transitiveTags({ session }: Identity, given: readonly Tag[]): readonly Tag[] {
  const handedOn = session?.tags.filter(({ Key }) => session.transitiveTagKeys.includes(Key)) ?? [];
  return handedOn.filter(({ Key }) => !given.some((tag) => tag.Key === Key));
}

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
    ...((session.policies !== undefined || session.tags.length > 0) && { PackedPolicySize: packedSize(session) }),
    SourceIdentity: session.sourceIdentity,
  };
}

/** Per cent of the room that AWS has for policies and tags; how AWS packs them is not known, so this is an estimate. */
const packedSize = ({ policies = [], tags }: Session): number =>
  Math.min(100, Math.ceil(JSON.stringify([policies, tags]).length / 40));
