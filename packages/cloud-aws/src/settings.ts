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
  /** Assumed from whatever the above give; sessions are named `sallyport`, so that CloudTrail tells them apart. */
  readonly roleArn?: string | undefined;
  /** One per tenant, against a confused deputy (aws.md §7). */
  readonly externalId?: string | undefined;
}

export interface AwsSettings {
  /** Where EC2 and STS answer, if not where AWS has them. */
  readonly endpoint?: string | undefined;
  readonly accounts: readonly AwsAccount[];
}
