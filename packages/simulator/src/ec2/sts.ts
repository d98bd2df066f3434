import { instantOf, msOf } from "@sallyport/contracts";
import type { Identity, Session } from "../world/aws/account.ts";
import type { Tag } from "../world/aws/describe.ts";
import { mayAssume } from "./may-assume.ts";
import { isRefusal, missing, refuse } from "./refusal.ts";
import type { StsCall, StsOutcome } from "./sts-call.ts";
import { judge } from "../world/aws/iam/judge.ts";
import { decodeMessage } from "./authorization-message.ts";
import { withCaller } from "./authorize-call.ts";
import { outOfLength, outOfPattern, outOfRange } from "./sts-bounds.ts";
import { readSessionPolicies, readSessionTags, validationError } from "./session-parameters.ts";

export const stsActions: ReadonlyMap<string, (call: StsCall) => StsOutcome> = new Map([
  ["GetCallerIdentity", getCallerIdentity],
  ["AssumeRole", assumeRole],
  ["DecodeAuthorizationMessage", decodeAuthorizationMessage],
  ["GetAccessKeyInfo", getAccessKeyInfo],
]);

/** Needs no permission: even who is denied everything may ask who he is. */
function getCallerIdentity({ identity }: StsCall): StsOutcome {
  return { answer: { Arn: identity.arn, UserId: identity.userId, Account: identity.accountId } };
}

function getAccessKeyInfo({ query, accountOf }: StsCall): StsOutcome {
  const key = query.text("AccessKeyId");
  if (key === undefined) return { refused: missing("AccessKeyId") };
  const Account = accountOf(key);
  return Account === undefined ? wrong(`the access key ${key} is not known`) : { answer: { Account } };
}

/** What an `UnauthorizedOperation` of the caller's account was about, to whoever may know. */
function decodeAuthorizationMessage({ query, identity, now, secret }: StsCall): StsOutcome {
  const encoded = query.text("EncodedMessage");
  if (encoded === undefined) return { refused: missing("EncodedMessage") };
  const action = "sts:DecodeAuthorizationMessage";
  const access = withCaller({ action, resource: "*", context: new Map() }, identity, now);
  const verdict = identity.permissions === undefined ? undefined : judge(identity.permissions, access);
  if (verdict?.isAllowed === false) {
    const text = `User: ${identity.arn} is not authorized to perform: ${action} ${verdict.why}`;
    return { refused: refuse("AccessDenied", text, 403) };
  }
  const DecodedMessage = decodeMessage(secret, encoded);
  return DecodedMessage === undefined
    ? { refused: refuse("InvalidAuthorizationMessageException", "Message is not valid") }
    : { answer: { DecodedMessage } };
}

const CHAINED_SECONDS = 3600;

function assumeRole(call: StsCall): StsOutcome {
  const { query, identity, now, newSecret } = call;
  const arn = query.text("RoleArn");
  const name = query.text("RoleSessionName");
  if (arn === undefined || name === undefined)
    return { refused: missing(arn === undefined ? "RoleArn" : "RoleSessionName") };
  const sourceIdentity = query.text("SourceIdentity");
  const duration = Number(query.text("DurationSeconds") ?? "3600");
  const outOfBounds =
    outOfLength("roleArn", arn, 20, 2048) ??
    outOfPattern("roleSessionName", name) ??
    (sourceIdentity === undefined ? undefined : outOfPattern("sourceIdentity", sourceIdentity)) ??
    outOfRange("durationSeconds", duration, 900, 43_200);
  if (outOfBounds !== undefined) return { refused: outOfBounds };
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
