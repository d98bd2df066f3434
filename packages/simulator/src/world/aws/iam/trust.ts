import { holds } from "./condition.ts";
import { coversAction } from "./judge.ts";
import type { PolicyDocument } from "./policy.ts";
import type { Access } from "./request.ts";

/** Names under which a trust policy may mean a caller. */
export interface Trusted {
  readonly accountId: string;
  /** The user, or the session. */
  readonly arn: string;
  /** The user, or the role of the session. */
  readonly principalArn: string;
}

/**
 * What a role's trust policy says to a caller: it denies him, says nothing of him, trusts his account (which then has to allow him), or
 * trusts himself, which within one account is enough.
 */
export type Trust = "denied" | "silent" | "account" | "itself";

export function trustOf(policy: PolicyDocument, caller: Trusted, { action, context }: Access): Trust {
  const itself = [caller.arn, caller.principalArn, "*"];
  const account = [caller.accountId, `arn:aws:iam::${caller.accountId}:root`];
  const matching = policy.Statement.filter(
    (statement) =>
      (statement.Principal ?? []).some((name) => itself.includes(name) || account.includes(name)) &&
      coversAction(statement, action) &&
      holds(statement.Condition, context),
  );
  if (matching.some(({ Effect }) => Effect === "Deny")) return "denied";
  if (matching.length === 0) return "silent";
  return matching.some(({ Principal = [] }) => Principal.some((name) => itself.includes(name))) ? "itself" : "account";
}
