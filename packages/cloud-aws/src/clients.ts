import { EC2Client } from "@aws-sdk/client-ec2";
import type { EC2ClientConfig } from "@aws-sdk/client-ec2";
import { fromNodeProviderChain, fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { SallyportError, ScopeId } from "@sallyport/contracts";
import { SHARED_SESSION } from "./session.ts";
import type { AwsAccount, AwsSettings } from "./settings.ts";

/** A transport other than sockets, as the SDK takes one. */
export type RequestHandler = NonNullable<EC2ClientConfig["requestHandler"]>;

export interface Clients {
  /** `<account>/<region>` of every account and region that is configured. */
  readonly scopes: readonly ScopeId[];
  /**
   * The client for a scope, under the name of a session where the account is entered by a role; a scope that is not configured is not
   * enrolled. Each client asks STS once, and again before its credentials end.
   */
  readonly of: (scope: ScopeId, session?: string) => EC2Client;
  /**
   * Another in place of one whose credentials AWS takes no more, although their time is not up by our clock: it enters the account
   * anew. `undefined` where there is nothing to enter by but a fixed key.
   */
  readonly renewed: (stale: EC2Client, scope: ScopeId, session?: string) => EC2Client | undefined;
}

/** Silence is a fault like any other: without these the SDK waits for ever. */
const TIMEOUTS = { connectionTimeout: 3000, requestTimeout: 15_000, throwOnRequestTimeout: true };

/** Sessions whose credentials are kept; who comes back after that many others asks STS once more (docs/decisions, AWS sessions). */
const SESSIONS = 256;

interface Place {
  readonly account: AwsAccount;
  readonly region: string;
}

/** One client for each account, region and session, made when first used. Retrying is ours: the SDK's own is off, always (house.md §6). */
export function createClients(settings: AwsSettings, given: RequestHandler = TIMEOUTS): Clients {
  const places = new Map(
    settings.accounts.flatMap((account) =>
      account.regions.map((region): [ScopeId, Place] => [
        ScopeId.parse(`${account.accountId}/${region}`),
        { account, region },
      ]),
    ),
  );
  const shared = new Map<ScopeId, EC2Client>();
  /** In the order of their last use. */
  const sessions = new Map<string, EC2Client>();

  const clientFor = (scope: ScopeId): EC2Client => {
    const known = shared.get(scope);
    if (known !== undefined) return known;
    const client = createClient(settings, placeOf(places, scope), given, SHARED_SESSION);
    shared.set(scope, client);
    return client;
  };
  const of: Clients["of"] = (scope, session = SHARED_SESSION) => {
    const place = placeOf(places, scope);
    if (session === SHARED_SESSION || place.account.roleArn === undefined) return clientFor(scope);
    const slot = `${scope} ${session}`;
    // One pool of connections for all sessions of a scope.
    const client = sessions.get(slot) ?? createClient(settings, place, clientFor(scope).config.requestHandler, session);
    sessions.delete(slot);
    sessions.set(slot, client);
    const [oldest] = sessions.keys();
    if (sessions.size > SESSIONS && oldest !== undefined) sessions.delete(oldest);
    return client;
  };
  return {
    scopes: [...places.keys()],
    of,
    renewed: (stale, scope, session = SHARED_SESSION) => {
      const place = placeOf(places, scope);
      if (place.account.roleArn === undefined && place.account.credentials !== undefined) return undefined;
      // Of many whose calls were refused, the first enters anew, and the others take what it got.
      if (of(scope, session) !== stale) return of(scope, session);
      const slot = `${scope} ${session}`;
      const isShared = session === SHARED_SESSION || place.account.roleArn === undefined;
      const client = createClient(settings, place, stale.config.requestHandler, isShared ? SHARED_SESSION : session);
      if (isShared) shared.set(scope, client);
      else sessions.set(slot, client);
      return client;
    },
  };
}

function placeOf(places: ReadonlyMap<ScopeId, Place>, scope: ScopeId): Place {
  const place = places.get(scope);
  if (place !== undefined) return place;
  const [accountId = "", region = ""] = scope.split("/");
  const isAccountKnown = [...places.values()].some(({ account }) => account.accountId === accountId);
  throw new SallyportError({
    code: "scope.not-enrolled",
    detail: isAccountKnown
      ? `region ${region} of AWS account ${accountId} is not connected`
      : `AWS account ${accountId} is not connected`,
  });
}

function createClient(
  settings: AwsSettings,
  { account, region }: Place,
  requestHandler: RequestHandler,
  session: string,
): EC2Client {
  const common = {
    region,
    maxAttempts: 1,
    requestHandler,
    ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
  };
  const credentials = credentialsOf(account, common, session);
  return new EC2Client({ ...common, ...(credentials !== undefined && { credentials }) });
}

function credentialsOf(
  { credentials, profile, roleArn, externalId }: AwsAccount,
  clientConfig: { readonly region: string; readonly requestHandler: RequestHandler; readonly endpoint?: string },
  session: string,
): EC2ClientConfig["credentials"] {
  // A copy: the SDK writes into what it is given.
  const given = credentials && { ...credentials };
  const own = given ?? (profile === undefined ? undefined : fromNodeProviderChain({ profile }));
  if (roleArn === undefined) return own;
  return fromTemporaryCredentials({
    params: {
      RoleArn: roleArn,
      RoleSessionName: session,
      // Unlike the session's name it stays with whatever the session goes on to become.
      SourceIdentity: session,
      ...(externalId !== undefined && { ExternalId: externalId }),
    },
    clientConfig: { ...clientConfig, maxAttempts: 1 },
    ...(own !== undefined && { masterCredentials: own }),
  });
}
