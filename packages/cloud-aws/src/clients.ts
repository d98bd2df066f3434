import { EC2Client } from "@aws-sdk/client-ec2";
import type { EC2ClientConfig } from "@aws-sdk/client-ec2";
import { fromNodeProviderChain, fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { SallyportError, ScopeId } from "@sallyport/contracts";
import type { AwsAccount, AwsSettings } from "./settings.ts";

/** A transport other than sockets, as the SDK takes one. */
export type RequestHandler = NonNullable<EC2ClientConfig["requestHandler"]>;

export interface Clients {
  /** `<account>/<region>` of every account and region that is configured. */
  readonly scopes: readonly ScopeId[];
  /** The client for a scope; a scope that is not configured is not enrolled. */
  readonly of: (scope: ScopeId) => EC2Client;
}

/** Silence is a fault like any other: without these the SDK waits for ever. */
const TIMEOUTS = { connectionTimeout: 3000, requestTimeout: 15_000, throwOnRequestTimeout: true };

/** One client for each account and region, made when first used. Retrying is ours: the SDK's own is off, always (house.md §6). */
export function createClients(settings: AwsSettings, requestHandler: RequestHandler = TIMEOUTS): Clients {
  const accounts = new Map(
    settings.accounts.flatMap((account) =>
      account.regions.map((region) => [ScopeId.parse(`${account.accountId}/${region}`), { account, region }] as const),
    ),
  );
  const made = new Map<ScopeId, EC2Client>();
  return {
    scopes: [...accounts.keys()],
    of: (scope) => {
      const known = made.get(scope);
      if (known !== undefined) return known;
      const found = accounts.get(scope);
      if (found === undefined)
        throw new SallyportError({ code: "scope.not-enrolled", detail: `${scope} is not configured here` });
      const { account, region } = found;
      const shared = {
        region,
        maxAttempts: 1,
        requestHandler,
        ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
      };
      const credentials = credentialsOf(account, shared);
      const client = new EC2Client({ ...shared, ...(credentials !== undefined && { credentials }) });
      made.set(scope, client);
      return client;
    },
  };
}

function credentialsOf(
  { credentials, profile, roleArn, externalId }: AwsAccount,
  clientConfig: { readonly region: string; readonly requestHandler: RequestHandler; readonly endpoint?: string },
): EC2ClientConfig["credentials"] {
  // A copy: the SDK writes into what it is given.
  const given = credentials && { ...credentials };
  const own = given ?? (profile === undefined ? undefined : fromNodeProviderChain({ profile }));
  if (roleArn === undefined) return own;
  return fromTemporaryCredentials({
    params: {
      RoleArn: roleArn,
      RoleSessionName: "sallyport",
      ...(externalId !== undefined && { ExternalId: externalId }),
    },
    clientConfig: { ...clientConfig, maxAttempts: 1 },
    ...(own !== undefined && { masterCredentials: own }),
  });
}
