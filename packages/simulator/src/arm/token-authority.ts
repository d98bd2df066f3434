import { createHash, timingSafeEqual } from "node:crypto";
import { msOf } from "@sallyport/contracts";
import type { Clock } from "@sallyport/backbone";
import {
  SignJWT,
  createLocalJWKSet,
  decodeJwt,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importPKCS8,
  jwtVerify,
} from "jose";
import type { CryptoKey, JWK } from "jose";
import { z } from "zod";
import type { AzureDocuments } from "../world/documents.ts";
import type { Keep } from "../world/keep.ts";
import { answerOf, ok } from "./answer.ts";
import type { Answer, Refusal } from "./answer.ts";
import type { ArmRequest } from "./request.ts";

/** Microsoft Entra as far as a service principal meets it (wire-clients.md §4, §5). */
export interface TokenAuthority {
  /** Answers what is the authority's, and `undefined` for everything else. */
  readonly respond: (
    method: string,
    path: string,
    body: string,
    origin: string,
    /** What a script wants to be answered instead. */
    instead?: Refusal,
  ) => Promise<Answer | undefined>;
  /** The instance metadata service, which knows the machine's own identity: a token without a secret (wire-clients.md §6). */
  readonly identity: (
    request: Pick<ArmRequest, "path" | "query" | "origin">,
    /** The header `Metadata`, which keeps a browser from asking. */
    metadata: string | undefined,
  ) => Promise<Answer | undefined>;
  /** Who a bearer token says the caller is. */
  readonly callerOf: (
    authorization: string | undefined,
    origin: string,
  ) => Promise<{ readonly appId: string } | "missing" | "invalid">;
}

export interface TokenAuthorityDeps {
  readonly tenantId: string;
  readonly clients: AzureDocuments["clients"];
  readonly clock: Pick<Clock, "now">;
  readonly newId: () => string;
  readonly keep: Keep;
}

const KEY_FILE = "token-key.pem";
const LIFETIME_SECONDS = 3599;
/** Each is a Resource Manager audience, with and without the slash at its end; so is the own origin. */
const AUDIENCES = ["https://management.core.windows.net", "https://management.azure.com"];

const TokenRequest = z.object({
  grant_type: z.string(),
  client_id: z.string(),
  client_secret: z.string().default(""),
  scope: z.string(),
});

export function createTokenAuthority({ tenantId, clients, clock, newId, keep }: TokenAuthorityDeps): TokenAuthority {
  const nowSeconds = () => Math.floor(msOf(clock.now()) / 1000);
  const verified = new Map<string, { readonly appId: string; readonly expiresAt: number }>();
  let keys: Promise<Keys> | undefined;
  const theKeys = () => (keys ??= loadKeys(keep));
  const isTenant = (name: string) => name.toLowerCase() === tenantId.toLowerCase();

  const mint = async (client: AzureDocuments["clients"][number], audience: string, origin: string): Promise<string> => {
    const at = nowSeconds();
    const { privateKey, kid } = await theKeys();
    return new SignJWT({
      tid: tenantId,
      oid: client.objectId,
      sub: client.objectId,
      appid: client.clientId,
      idtyp: "app",
      ver: "1.0",
    })
      .setProtectedHeader({ alg: "RS256", typ: "JWT", kid })
      .setIssuer(issuerOf(tenantId, origin))
      .setAudience(audience)
      .setIssuedAt(at)
      .setNotBefore(at)
      .setExpirationTime(at + LIFETIME_SECONDS)
      .setJti(newId())
      .sign(privateKey);
  };

  const token = async (tenant: string, body: string, origin: string): Promise<Answer> => {
    const problem = (status: number, error: string, code: number, text: string): Answer => ({
      status,
      json: JSON.stringify({
        error,
        error_description: `AADSTS${code}: ${text} Trace ID: ${newId()} Timestamp: ${clock.now()}`,
        error_codes: [code],
        timestamp: clock.now(),
        trace_id: newId(),
        correlation_id: newId(),
        error_uri: `${origin}/error?code=${code}`,
      }),
    });
    if (!isTenant(tenant)) return problem(400, "invalid_tenant", 90002, `Tenant '${tenant}' not found.`);
    const request = TokenRequest.safeParse(Object.fromEntries(new URLSearchParams(body)));
    if (!request.success)
      return problem(
        400,
        "invalid_request",
        900144,
        `The request body must contain the following parameter: '${request.error.issues[0]?.path.join(".") ?? ""}'.`,
      );
    const { grant_type, client_id, client_secret, scope } = request.data;
    if (grant_type !== "client_credentials")
      return problem(
        400,
        "unsupported_grant_type",
        70003,
        `The app requested an unsupported grant type '${grant_type}'.`,
      );
    const client = clients.find(({ clientId }) => clientId.toLowerCase() === client_id.toLowerCase());
    if (client === undefined)
      return problem(
        400,
        "unauthorized_client",
        700016,
        `Application with identifier '${client_id}' was not found in the directory '${tenantId}'.`,
      );
    if (!isSame(client.clientSecret, client_secret))
      return problem(
        401,
        "invalid_client",
        7000215,
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.",
      );
    const audience = /^(\S+)\/\.default(?:\s|$)/.exec(scope)?.[1];
    if (audience === undefined || !isAudience(audience, origin))
      return problem(
        400,
        "invalid_resource",
        500011,
        `The resource principal named ${audience ?? scope} was not found in the tenant.`,
      );
    const accessToken = await mint(client, audience, origin);
    return ok(
      {
        token_type: "Bearer",
        expires_in: LIFETIME_SECONDS,
        ext_expires_in: LIFETIME_SECONDS,
        access_token: accessToken,
      },
      { "cache-control": "no-store" },
    );
  };

  return {
    identity: async ({ path, query, origin }, metadata) => {
      if (!/^\/+metadata\/identity\/oauth2\/token\/?$/i.test(path)) return undefined;
      const problem = (error: string, text: string): Answer => ({
        status: 400,
        json: JSON.stringify({ error, error_description: text }),
      });
      if (metadata?.toLowerCase() !== "true")
        return problem("bad_request_102", "Required metadata header not specified");
      const resource = query.get("resource") ?? "";
      const asked = query.get("client_id")?.toLowerCase();
      const client = clients.find(({ clientId }) => asked === undefined || clientId.toLowerCase() === asked);
      if (client === undefined) return problem("invalid_request", "Identity not found");
      // Who asks here came by another port than those that the token is for.
      if (!isAudience(resource, origin) && !/^https:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?\/?$/i.test(resource))
        return problem("invalid_resource", `AADSTS500011: The resource principal named ${resource} was not found.`);
      const expires = nowSeconds() + LIFETIME_SECONDS;
      return ok({
        access_token: await mint(client, resource, origin),
        client_id: client.clientId,
        expires_in: String(LIFETIME_SECONDS),
        expires_on: String(expires),
        not_before: String(expires - LIFETIME_SECONDS),
        resource,
        token_type: "Bearer",
      });
    },
    respond: async (method, path, body, origin, instead) => {
      if (method === "GET" && /^\/+metadata\/endpoints$/i.test(path)) return ok(endpoints(origin));
      const [, tenant, rest] = /^\/+([^/]+)\/(.*)$/.exec(path) ?? [];
      if (tenant === undefined || rest === undefined) return undefined;
      if (method === "GET" && /^(?:v2\.0\/)?\.well-known\/openid-configuration$/i.test(rest))
        return isTenant(tenant) || /^(common|organizations)$/i.test(tenant)
          ? ok(configuration(tenantId, origin))
          : {
              status: 400,
              json: JSON.stringify({
                error: "invalid_tenant",
                error_description: `AADSTS90002: Tenant '${tenant}' not found.`,
                error_codes: [90002],
              }),
            };
      if (method === "GET" && /^discovery\/v2\.0\/keys$/i.test(rest))
        return ok({ keys: [(await theKeys()).publicJwk] });
      if (method === "POST" && /^oauth2\/v2\.0\/token$/i.test(rest))
        return instead === undefined ? token(tenant, body, origin) : answerOf(instead);
      return undefined;
    },
    callerOf: async (authorization, origin) => {
      const bearer = /^bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
      if (bearer === undefined) return "missing";
      const known = verified.get(bearer);
      if (known !== undefined) {
        if (known.expiresAt > nowSeconds()) return known;
        verified.delete(bearer);
        return "invalid";
      }
      try {
        const { payload } = await jwtVerify(bearer, (await theKeys()).keySet, {
          algorithms: ["RS256"],
          currentDate: new Date(msOf(clock.now())),
          requiredClaims: ["exp", "aud", "appid"],
        });
        const audiences = [payload.aud ?? []].flat();
        const appId = payload["appid"];
        // The issuer's host is whatever name the client knew this origin by; its tenant is what counts.
        if (payload["tid"] !== tenantId || typeof appId !== "string") return "invalid";
        if (!audiences.some((audience) => isAudience(audience, origin))) return "invalid";
        const caller = { appId, expiresAt: payload.exp ?? 0 };
        verified.set(bearer, caller);
        return caller;
      } catch {
        return "invalid";
      }
    },
  };
}

/** The name in a token that nobody checks. */
export function claimedCaller(authorization: string | undefined): string {
  const bearer = /^bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
  if (bearer === undefined) return "anonymous";
  try {
    const { appid, oid, sub } = decodeJwt(bearer);
    return [appid, oid, sub].find((claim) => typeof claim === "string") ?? "anonymous";
  } catch {
    return "anonymous";
  }
}

const issuerOf = (tenantId: string, origin: string) => `${origin}/${tenantId}/v2.0`;

function isAudience(audience: string, origin: string): boolean {
  const plain = audience.replace(/\/+$/, "").toLowerCase();
  return [...AUDIENCES, origin.toLowerCase()].includes(plain);
}

/** Through digests of one length, so that neither length nor content shows in the time it takes. */
const isSame = (a: string, b: string): boolean =>
  timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());

function configuration(tenantId: string, origin: string) {
  const base = `${origin}/${tenantId}`;
  return {
    issuer: issuerOf(tenantId, origin),
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_types_supported: ["code", "id_token", "token"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    token_endpoint_auth_methods_supported: ["client_secret_post"],
  };
}

/** What `az cloud register` asks for (wire-clients.md §3). */
const endpoints = (origin: string) => ({
  name: "Simulated",
  authentication: {
    loginEndpoint: origin,
    audiences: AUDIENCES.map((audience) => `${audience}/`),
    tenant: "common",
    identityProvider: "AAD",
  },
  suffixes: {},
  resourceManager: origin,
  microsoftGraphResourceId: `${origin}/`,
});

interface Keys {
  readonly privateKey: CryptoKey;
  readonly kid: string;
  readonly publicJwk: JWK;
  readonly keySet: ReturnType<typeof createLocalJWKSet>;
}

/** The signing key outlives the process, so that tokens do, too. */
async function loadKeys(keep: Keep): Promise<Keys> {
  const stored = await keep.read(KEY_FILE);
  let privateKey: CryptoKey;
  if (stored === undefined) {
    privateKey = (await generateKeyPair("RS256", { extractable: true })).privateKey;
    await keep.write(KEY_FILE, await exportPKCS8(privateKey));
  } else privateKey = await importPKCS8(stored, "RS256", { extractable: true });
  const { kty, n, e } = await exportJWK(privateKey);
  if (kty === undefined || n === undefined || e === undefined) throw new Error(`${KEY_FILE} holds no RSA key`);
  const kid = createHash("sha256").update(n).digest("base64url").slice(0, 27);
  const publicJwk: JWK = { kty, n, e, kid, use: "sig", alg: "RS256" };
  return { privateKey, kid, publicJwk, keySet: createLocalJWKSet({ keys: [publicJwk] }) };
}
