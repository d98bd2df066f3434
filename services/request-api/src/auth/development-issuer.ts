import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@sallyport/backbone";
import { PrincipalId, SallyportError, msOf } from "@sallyport/contracts";
import type { Seconds } from "@sallyport/contracts";
import { SignJWT, exportJWK, generateKeyPair, importJWK } from "jose";
import type { JWK } from "jose";
import { z } from "zod";
import type { TrustedIssuer } from "./token-verifier.ts";

const ALGORITHM = "ES256";
const KEY_FILE = "development-issuer.json";
export const DEVELOPMENT_ISSUER = "urn:sallyport:development-issuer";
const AUDIENCE = "sallyport";

/** Whom a token is for: an object id within the issuer's one tenant, as Entra has it. */
export interface DevelopmentPrincipal {
  readonly oid: string;
  readonly displayName: string;
  /** A program that signs in as itself; a person, when absent. */
  readonly kind?: "service";
}

export interface DevelopmentIssuer {
  /** For `createTokenVerifier`. */
  readonly trusted: TrustedIssuer;
  /** The id that role assignments and events know the principal by. */
  readonly principalIdOf: (oid: string) => PrincipalId;
  readonly tokenFor: (principal: DevelopmentPrincipal, lifetime: Seconds) => Promise<string>;
}

export interface DevelopmentIssuerOptions {
  /** The data folder, which keeps the key: tokens survive a restart. */
  readonly dir: string;
  readonly tenantId: string;
  /** Where the service will listen: anywhere but on loopback, an issuer whose key lies about in a folder is refused. */
  readonly listenHost: string;
  readonly clock: Pick<Clock, "now">;
}

/** Signs tokens for trying Sallyport out. Their claims have Entra's form, so everything behind the verifier is as in production. */
export async function createDevelopmentIssuer({
  dir,
  tenantId,
  listenHost,
  clock,
}: DevelopmentIssuerOptions): Promise<DevelopmentIssuer> {
  if (!isLoopback(listenHost))
    throw new SallyportError({
      code: "configuration.invalid",
      detail: `The development issuer is for loopback only, and the service would listen on ${listenHost}. Configure a real issuer, or listen on 127.0.0.1.`,
    });
  const { kid, ...jwk } = await loadKey(dir);
  const key = await importJWK(jwk, ALGORITHM);
  const { d: _private, ...publicKey } = jwk;
  return {
    trusted: {
      issuer: DEVELOPMENT_ISSUER,
      audience: AUDIENCE,
      claims: "entra",
      tenants: [tenantId],
      keys: { jwks: { keys: [{ ...publicKey, kid, alg: ALGORITHM }] } },
    },
    principalIdOf: (oid) => PrincipalId.parse(`${oid}@${tenantId}`.toLowerCase()),
    tokenFor: ({ oid, displayName, kind }, lifetime) => {
      const now = Math.floor(msOf(clock.now()) / 1000);
      return new SignJWT({ oid, tid: tenantId, name: displayName, idtyp: kind === "service" ? "app" : "user" })
        .setProtectedHeader({ alg: ALGORITHM, kid })
        .setIssuer(DEVELOPMENT_ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(oid)
        .setIssuedAt(now)
        .setExpirationTime(now + lifetime)
        .sign(key);
    },
  };
}

export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

const StoredKey = z.object({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
});
type StoredKey = z.infer<typeof StoredKey>;

async function loadKey(dir: string): Promise<StoredKey> {
  const file = join(dir, KEY_FILE);
  try {
    return StoredKey.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    const key = StoredKey.parse({ ...(await newKey()), kid: randomUUID() });
    await mkdir(dir, { recursive: true });
    // Written beside and moved over: a crash leaves the old key or the new one.
    await writeFile(`${file}.new`, JSON.stringify(key), { mode: 0o600 });
    await rename(`${file}.new`, file);
    return key;
  }
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  return exportJWK(privateKey);
}
