import type { Instant } from "@sallyport/contracts";
import type { Identity } from "../world/aws/account.ts";
import { judge } from "../world/aws/iam/judge.ts";
import { contextOf } from "../world/aws/iam/request.ts";
import type { Access } from "../world/aws/iam/request.ts";
import { encodeMessage, failureOf } from "./authorization-message.ts";
import { rightsFor } from "./permissions.ts";
import type { Asked } from "./permissions.ts";
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

/** What of the caller and the moment every condition can ask about. */
export const withCaller = (access: Access, { context }: Pick<Identity, "context">, now: Instant): Access => ({
  ...access,
  context: contextOf(
    {
      "aws:CurrentTime": now,
      "aws:EpochTime": String(Math.floor(Date.parse(now) / 1000)),
      "aws:SecureTransport": "false",
      "aws:ViaAWSService": "false",
      "aws:PrincipalIsAWSService": "false",
    },
    context,
    access.context,
  ),
});

/**
 * The refusal that IAM makes of an EC2 call, in EC2's words; `undefined` when all that it needs is allowed. What was asked on a thing
 * comes with it, sealed with the account's secret.
 */
export function unauthorized(identity: Identity, asked: Asked, now: Instant, secret: string): Refusal | undefined {
  const { permissions, arn } = identity;
  if (permissions === undefined) return undefined;
  for (const right of rightsFor(asked)) {
    const access = withCaller(right, identity, now);
    const verdict = judge(permissions, access);
    if (verdict.isAllowed) continue;
    const isOnAll = access.resource === "*";
    const where = isOnAll ? "" : ` on resource: ${access.resource}`;
    const isExplicit = verdict.why.startsWith("with an explicit deny");
    const encoded = isOnAll ? "" : encodeMessage(secret, failureOf(identity, access, isExplicit));
    return refuse(
      "UnauthorizedOperation",
      `You are not authorized to perform this operation. User: ${arn} is not authorized to perform: ${access.action}${where} ${verdict.why}${
        isOnAll ? "" : `. Encoded authorization failure message: ${encoded}`
      }`,
      403,
    );
  }
  return undefined;
}
