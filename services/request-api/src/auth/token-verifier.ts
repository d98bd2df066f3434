import type { Clock } from "@sallyport/backbone";
import { PrincipalId, SallyportError, msOf } from "@sallyport/contracts";
import type { Principal } from "@sallyport/contracts";
import { isOfService } from "./is-of-service.ts";
import type { PeopleAre } from "./is-of-service.ts";
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, errors, jwtVerify } from "jose";
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from "jose";

/** Whose tokens are accepted. Each is named in full: a tenant that is not listed is another issuer. */
export interface TrustedIssuer {
  readonly issuer: string;
  /** What its tokens have to be for: one of these. */
  readonly audience: string | readonly string[];
  /** Of Entra: whose `tid` is accepted. The one in the issuer's name, when absent; without either, nobody could be named. */
  readonly tenants?: readonly string[] | undefined;
  /** What its tokens may be signed with; RS256 and ES256, when absent. */
  readonly algorithms?: readonly string[] | undefined;
  /**
   * What names a person in its tokens: `entra`: `oid` and `tid`; `oidc`: `sub`. Only an issuer that is said to be Entra may
   * speak of `oid`: elsewhere anybody might write that claim.
   */
  readonly claims: "entra" | "oidc";
  /** Of `oidc`: how a person's token is known. Without it each is a program's, which may do what it has roles for and never approves. */
  readonly people?: PeopleAre | undefined;
  readonly keys: { readonly jwksUri: string } | { readonly jwks: JSONWebKeySet };
}

export type Verified =
  { readonly kind: "accepted"; readonly principal: Principal } | { readonly kind: "refused"; readonly detail: string };

/** Whose token this is. What it says why not never quotes the token. */
export type VerifyToken = (token: string) => Promise<Verified>;

/** Pinned: what the token says of its own algorithm only picks one of these. */
const ALGORITHMS = ["RS256", "ES256"] as const;
/** How long an issuer is not asked again for a key that it did not have, in milliseconds. */
const COOLDOWN_MS = 30_000;
/** How far clocks may be apart, in seconds. */
const TOLERANCE_S = 30;
const LONGEST_TOKEN = 16 * 1024;

export interface TokenVerifierDeps {
  readonly issuers: readonly TrustedIssuer[];
  readonly clock: Pick<Clock, "now">;
  readonly cooldownMs?: number;
}

/**
 * Verifies bearer tokens: signature, issuer, audience, times, tenant (http-and-cli.md §3.1). Throws `configuration.invalid` for an
 * issuer of which no tenant is known.
 */
export function createTokenVerifier({ issuers, clock, cooldownMs = COOLDOWN_MS }: TokenVerifierDeps): VerifyToken {
  const trusted = new Map(
    issuers.map((one) => [one.issuer, { ...one, tenants: tenantsOf(one), key: keyOf(one, cooldownMs) }]),
  );
  return async (token) => {
    if (token.length > LONGEST_TOKEN) return refused("It is longer than a token may be.");
    const claimed = readIssuer(token);
    const issuer = claimed === undefined ? undefined : trusted.get(claimed);
    if (issuer === undefined) return refused("It is not of an issuer that is accepted here.");
    try {
      const { payload } = await jwtVerify(token, issuer.key, {
        issuer: issuer.issuer,
        audience: [issuer.audience].flat(),
        algorithms: [...(issuer.algorithms ?? ALGORITHMS)],
        clockTolerance: TOLERANCE_S,
        currentDate: new Date(msOf(clock.now())),
        requiredClaims: ["exp"],
      });
      return principalOf(payload, issuer);
    } catch (error) {
      return explain(error);
    }
  };
}

const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
const isGuid = (text: string): boolean => new RegExp(`^${GUID.source}$`, "i").test(text);

function tenantsOf({ issuer, claims, tenants }: TrustedIssuer): readonly string[] {
  const known = (tenants ?? GUID.exec(issuer) ?? []).map((one) => one.toLowerCase());
  if (claims === "entra" && known.length === 0)
    throw new SallyportError({
      code: "configuration.invalid",
      detail: `The issuer ${issuer} names no tenant: say in "tenants" whose tokens are accepted.`,
    });
  return known;
}

const keyOf = ({ keys }: TrustedIssuer, cooldownMs: number): JWTVerifyGetKey =>
  "jwks" in keys
    ? createLocalJWKSet(keys.jwks)
    : createRemoteJWKSet(new URL(keys.jwksUri), { cooldownDuration: cooldownMs, timeoutDuration: 5000 });

/** Unverified: only to find the issuer whose keys will tell. */
function readIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

/** Rights hang on immutable ids alone; never on an e-mail address, a name, or the `groups` claim (P58). */
function principalOf(
  payload: JWTPayload,
  {
    issuer,
    claims,
    people,
    tenants,
  }: Pick<TrustedIssuer, "issuer" | "claims" | "people"> & { readonly tenants: readonly string[] },
): Verified {
  const text = (name: string): string | undefined => {
    const value = payload[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const [oid, tid, sub] = [text("oid"), text("tid"), text("sub")];
  const isEntra = oid !== undefined && tid !== undefined && isGuid(oid) && isGuid(tid);
  if (claims === "entra" && isEntra && !tenants.includes(tid.toLowerCase()))
    return refused("It is of a tenant that is not accepted here.");
  const entra = isEntra ? `${oid}@${tid}`.toLowerCase() : undefined;
  const id = PrincipalId.safeParse(claims === "entra" ? entra : sub && `${issuer}#${sub}`);
  if (!id.success)
    return refused(`It does not say whose it is: ${claims === "entra" ? "oid and tid are" : "sub is"} missing.`);
  const displayName = (text("name") ?? text("preferred_username"))?.slice(0, 256);
  return {
    kind: "accepted",
    principal: {
      id: id.data,
      ...(displayName === undefined ? {} : { displayName }),
      ...(isOfService(payload, { claims, people }) ? { kind: "service" } : {}),
    },
  };
}

function explain(error: unknown): Verified {
  if (error instanceof errors.JWTExpired) return refused("It has expired. Get a new one.");
  if (error instanceof errors.JWTClaimValidationFailed)
    return refused(`Its claim ${error.claim} is not what is expected here.`);
  if (error instanceof errors.JOSEAlgNotAllowed)
    return refused("It is not signed with an algorithm that is accepted here.");
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || isNoJwks(error))
    throw new SallyportError({
      code: "backbone.unavailable",
      detail: "the issuer's keys could not be fetched",
      cause: error,
    });
  if (error instanceof errors.JOSEError) return refused("Its signature could not be verified.");
  if (error instanceof TypeError && error.message === "fetch failed")
    throw new SallyportError({
      code: "backbone.unavailable",
      detail: "the issuer's keys could not be fetched",
      cause: error,
    });
  throw error;
}

/** The library's word for an answer that is not 200, or no JSON: it says nothing of the token. */
const isNoJwks = (error: unknown): boolean =>
  error instanceof errors.JOSEError && error.code === errors.JOSEError.code && /JSON Web Key Set/.test(error.message);

const refused = (detail: string): Verified => ({ kind: "refused", detail });
