import type { BucketSize } from "./budget.ts";

/** One account, and how to get into it. With neither credentials, profile nor role, the SDK's own default chain decides. */
export interface AwsAccount {
  /** Twelve digits. */
  readonly accountId: string;
  readonly regions: readonly string[];
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** A profile of the shared configuration files. */
  readonly profile?: string | undefined;
  /** Assumed from whatever the above give; sessions are named after the grant they write for, so that CloudTrail tells them apart. */
  readonly roleArn?: string | undefined;
  /** One per tenant, against a confused deputy (aws.md §7). */
  readonly externalId?: string | undefined;
}

export interface AwsSettings {
  /** Where EC2 and STS answer, if not where AWS has them. */
  readonly endpoint?: string | undefined;
  readonly accounts: readonly AwsAccount[];
  /** What EC2 grants each account and region for each action, where it is not what AWS documents. */
  readonly throttling?: Readonly<Record<"read" | "write", BucketSize>> | undefined;
}
