import type { Instant } from "@sallyport/contracts";
import type { Identity, Session } from "../world/aws/account.ts";
import type { Held, Role } from "../world/aws/iam/directory.ts";
import type { PolicyDocument } from "../world/aws/iam/policy.ts";
import type { Query } from "./query.ts";
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
  readonly region: string;
  readonly now: Instant;
  readonly roleOf: (arn: string) => Held<Role> | undefined;
  /** To whom an access key belongs, whoever asks. */
  readonly accountOf: (accessKeyId: string) => string | undefined;
  /** Of the caller's own account: opens what EC2 sealed with it. */
  readonly secret: string;
  readonly managedPolicyOf: (arn: string) => PolicyDocument | undefined;
  /** That many fresh characters, upper-case letters and digits. */
  readonly newSecret: (length: number) => string;
}
