import type { May } from "@sallyport/authorization";
import type { DeriveEventId, Ledger, Log, Metrics, Ports } from "@sallyport/backbone";
import type { Enrolment, GrantId, LockdownId, Refusal, RequestId, ScopeId, VmRef } from "@sallyport/contracts";
import type { AwsQuotas, Connectors, DurationLimits } from "@sallyport/domain";
import type { VerifyToken } from "./auth/token-verifier.ts";
import type { VerifyApiKey } from "./auth/verify-api-key.ts";
import type { ApiKeyRow } from "./views/api-keys.ts";
import type { PolicyRow } from "./views/policies.ts";
import type { RequestRow } from "./views/requests.ts";
import type { ScansRow } from "./views/scans.ts";
import type { Waiting } from "./views/waiting.ts";

/** What request-api is given. */
export interface RequestApiDeps extends Ports {
  readonly may: May;
  readonly verifyToken: VerifyToken;
  /** UUID v7. */
  readonly newId: () => RequestId;
  readonly deriveEventId: DeriveEventId;
  /** The same grant for the same request, VM and end (settled.md §1). */
  readonly deriveGrantId: (request: RequestId, vm: VmRef, end: string) => GrantId;
  /** The same lockdown for the same VM, as the enforcers have it. */
  readonly deriveLockdownId: (vm: VmRef) => LockdownId;
  readonly limits: DurationLimits;
  /** Subscriptions, and `<account>/<region>`s, that are connected: enrolled, unless somebody has withdrawn them (S16, S30). */
  readonly enrolled: ReadonlySet<ScopeId>;
  /** Where enabling also takes a plan of Defender: what a subscription lacks of it, asked of Azure. */
  readonly lacksPlan?: (subscription: ScopeId) => Promise<Refusal | undefined>;
  /** AWS account id → the security connector that it is connected by: in Azure's ids of its instances. */
  readonly connectors: Connectors;
  /** Quotas of the AWS accounts, as their enforcer has them: what is forecast is what it would do. AWS's defaults unless given. */
  readonly awsLimits?: AwsQuotas;
  /** By which URL clients know the API, where that is not the one that it is called by: behind a proxy. */
  readonly publicUrl?: string;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Who publishes: the CloudEvents `source`. */
  readonly source: string;
}

/** What its handlers stand on: the same, and what is built over it once. */
export interface HandlerDeps extends RequestApiDeps {
  readonly policies: Ledger<PolicyRow>;
  readonly requests: Ledger<RequestRow>;
  readonly scans: Ledger<ScansRow>;
  readonly apiKeys: Ledger<ApiKeyRow>;
  readonly scopes: Ledger<Enrolment>;
  readonly verifyApiKey: VerifyApiKey;
  /** 256 random bits. */
  readonly newSecret: () => Uint8Array;
  readonly waiting: Waiting;
}
