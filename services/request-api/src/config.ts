import {
  awsSettings,
  azureSettings,
  backboneSettings,
  defineSettings,
  integer,
  json,
  limitSettings,
  processSettings,
  roleSettings,
} from "@sallyport/service-kit";
import type { ConfigOf } from "@sallyport/service-kit";
import { ScopeId } from "@sallyport/contracts";
import { z } from "zod";
import type { TrustedIssuer } from "./auth/token-verifier.ts";

const Jwk = z.looseObject({ kty: z.string() });

const Issuer = z
  .strictObject({
    issuer: z.string().min(1),
    audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
    tenants: z.array(z.guid()).min(1).optional(),
    algorithms: z
      .array(z.enum(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]))
      .min(1)
      .optional(),
    claims: z.enum(["entra", "oidc"]),
    people: z
      .strictObject({
        claim: z.string().min(1).optional(),
        clients: z.array(z.string().min(1)).min(1).optional(),
      })
      .refine(({ claim, clients }) => claim !== undefined || clients !== undefined, {
        message: "expected a claim, or clients",
      })
      .optional(),
    jwksUri: z.url({ protocol: /^https?$/ }).optional(),
    jwks: z.object({ keys: z.array(Jwk).min(1) }).optional(),
  })
  .refine(({ jwksUri, jwks }) => (jwksUri === undefined) !== (jwks === undefined), {
    message: "expected exactly one of jwksUri and jwks",
  })
  .refine(({ claims, people }) => claims === "oidc" || people === undefined, {
    message: "expected people only with claims oidc: Entra's tokens tell people from programs",
  });

const { accounts, groupsPerInterface, rulesPerGroup, groupsPerRegion } = awsSettings;

/** What request-api reads from its environment. */
export const settings = defineSettings({
  ...processSettings,
  ...backboneSettings,
  ...limitSettings,
  ...azureSettings,
  ...roleSettings,
  accounts,
  groupsPerInterface,
  rulesPerGroup,
  groupsPerRegion,
  host: {
    env: "SALLYPORT_HOST",
    schema: z.string().min(1).default("127.0.0.1"),
    description: "address on which the HTTP API listens; put a TLS proxy before it when that is not loopback",
  },
  port: {
    env: "SALLYPORT_PORT",
    schema: integer(0, 65_535).default(8443),
    description: "port of the HTTP API; 0 picks a free one",
  },
  publicUrl: {
    env: "SALLYPORT_PUBLIC_URL",
    schema: z
      .url({ protocol: /^https?$/ })
      .transform((url) => url.replace(/\/+$/, ""))
      .optional(),
    description:
      "URL by which clients know the HTTP API, where a proxy is before it: links to further pages begin with it",
  },
  requirePlan: {
    env: "SALLYPORT_REQUIRE_DEFENDER_PLAN",
    schema: z.enum(["P2"]).optional(),
    description:
      "P2: enabling JIT on an Azure VM takes Defender for Servers Plan 2 in its subscription, read from Azure (needs credentials that may read Microsoft.Security/pricings)",
  },
  issuers: {
    env: "SALLYPORT_ISSUERS",
    schema: json(z.array(Issuer).min(1)),
    description:
      'issuers whose tokens are accepted, as JSON: [{issuer, audience, claims: "entra" | "oidc", people?: {claim?, clients?}, tenants?, algorithms?, jwksUri | jwks}]; Entra: issuer https://login.microsoftonline.com/<tenant>/v2.0; oidc: without people, whose tokens have that claim or are of these clients, nobody of that issuer approves',
  },
});

type IssuerSetting = z.infer<typeof Issuer>;

/** The issuer as the verifier takes it. */
export const trustedIssuerOf = ({ jwksUri, jwks, ...issuer }: IssuerSetting): TrustedIssuer => ({
  ...issuer,
  keys: jwksUri === undefined ? { jwks: jwks ?? { keys: [] } } : { jwksUri },
});

/** What is connected: the subscriptions, and each account in each of its regions. */
export const enrolledIn = ({
  subscriptions: ids,
  accounts: connected,
}: Pick<ConfigOf<typeof settings>, "subscriptions" | "accounts">): ReadonlySet<ScopeId> =>
  new Set([
    ...ids.map((id) => ScopeId.parse(id.toLowerCase())),
    ...connected.flatMap(({ accountId, regions }) => regions.map((region) => ScopeId.parse(`${accountId}/${region}`))),
  ]);
