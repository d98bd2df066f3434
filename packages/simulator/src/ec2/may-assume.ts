import type { Tag } from "../world/aws/describe.ts";
import type { Held, Role } from "../world/aws/iam/directory.ts";
import { judge } from "../world/aws/iam/judge.ts";
import { contextOf } from "../world/aws/iam/request.ts";
import type { Access } from "../world/aws/iam/request.ts";
import { trustOf } from "../world/aws/iam/trust.ts";
import { withCaller } from "./authorize-call.ts";
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import type { StsCall } from "./sts-call.ts";

/**
 * The role, when its trust policy and the caller's own policies let him in. A source identity and session tags need a right of their
 * own on both sides. A role that does not exist is refused in the same words.
 */
export function mayAssume(call: StsCall, arn: string, tags: readonly Tag[]): Held<Role> | Refusal {
  const { query, identity, roleOf, now, region } = call;
  const role = roleOf(arn);
  const sourceIdentity = query.text("SourceIdentity");
  const handedOn = identity.session?.sourceIdentity;
  const context = contextOf({
    "aws:RequestedRegion": region,
    "sts:ExternalId": query.text("ExternalId"),
    "sts:RoleSessionName": query.text("RoleSessionName"),
    "sts:SourceIdentity": sourceIdentity ?? handedOn,
    "sts:TransitiveTagKeys": tags.length === 0 ? undefined : query.texts("TransitiveTagKeys.member"),
    "aws:TagKeys": tags.length === 0 ? undefined : tags.map(({ Key }) => Key),
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    ...Object.fromEntries(
      (role?.about.Tags ?? []).flatMap(({ Key, Value }) => [
        [`aws:ResourceTag/${Key}`, Value],
        [`iam:ResourceTag/${Key}`, Value],
      ]),
    ),
  });
  const actions = [
    "sts:AssumeRole",
    ...(sourceIdentity === undefined && handedOn === undefined ? [] : ["sts:SetSourceIdentity"]),
    ...(tags.length === 0 ? [] : ["sts:TagSession"]),
  ];
  for (const action of actions) {
    const access = withCaller({ action, resource: role?.about.Arn ?? arn, context }, identity, now);
    const why = role === undefined ? "" : refusalOf(call, role.about, access);
    if (why !== undefined)
      return refuse(
        "AccessDenied",
        `User: ${identity.arn} is not authorized to perform: ${action} on resource: ${arn}${why}`,
        403,
      );
  }
  if (role === undefined) throw new Error("a role that does not exist is refused above");
  return handedOn !== undefined && sourceIdentity !== undefined && handedOn !== sourceIdentity
    ? refuse("AccessDenied", "The source identity of a session cannot be changed", 403)
    : role;
}

/** What AWS adds to its refusal: nothing where the trust policy is silent, since that belongs to somebody else. */
function refusalOf({ identity }: StsCall, role: Role, access: Access): string | undefined {
  const trust = trustOf(role.AssumeRolePolicyDocument, identity, access);
  if (trust === "silent") return "";
  if (trust === "denied") return " with an explicit deny in a resource-based policy";
  if (identity.permissions === undefined) return undefined;
  const verdict = judge(identity.permissions, access);
  const isTrustEnough = trust === "itself" && role.Arn.split(":")[4] === identity.accountId;
  if (verdict.isAllowed || (isTrustEnough && !verdict.why.startsWith("with"))) return undefined;
  return ` ${verdict.why}`;
}
