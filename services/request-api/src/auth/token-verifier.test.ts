import { createVirtualClock } from "@sallyport/testkit";
import { msOf } from "@sallyport/contracts";
import { SignJWT, exportJWK, exportSPKI, generateKeyPair } from "jose";
import type { JWTPayload } from "jose";
import { createTokenVerifier } from "./token-verifier.ts";
import type { VerifyToken } from "./token-verifier.ts";

const TENANT = "9d1e0000-0000-4000-8000-0000000000f1";
const ENTRA = `https://login.microsoftonline.com/${TENANT}/v2.0`;
const OIDC = "https://id.example.com";
const audience = "api://sallyport";
const oid = "5F0E2A34-0000-4000-8000-00000000A11C";

const clock = createVirtualClock();
const now = Math.floor(msOf(clock.now()) / 1000);
let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let strangers: Awaited<ReturnType<typeof generateKeyPair>>;
let verify: VerifyToken;

beforeAll(async () => {
  keys = await generateKeyPair("RS256", { extractable: true });
  strangers = await generateKeyPair("RS256");
  const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: "k1" }] };
  verify = createTokenVerifier({
    clock,
    issuers: [
      { issuer: ENTRA, audience, claims: "entra", keys: { jwks } },
      { issuer: OIDC, audience, claims: "oidc", keys: { jwks } },
    ],
  });
});

const claims = {
  iss: ENTRA,
  aud: audience,
  exp: now + 600,
  nbf: now,
  iat: now,
  oid,
  tid: TENANT,
  sub: "pairwise",
  name: "Alice",
};
const sign = (payload: JWTPayload, key = keys.privateKey, header: object = {}) =>
  new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid: "k1", ...header }).sign(key);
const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("an Entra token", () => {
  it("names its principal by oid and tid, folded, and by nothing else", async () => {
    const verified = await verify(
      await sign({ ...claims, email: "ceo@example.com", preferred_username: "ceo", groups: ["admins"] }),
    );
    expect(verified).toEqual({
      kind: "accepted",
      principal: { id: `${oid.toLowerCase()}@${TENANT}`, displayName: "Alice" },
    });
  });

  it("means the same with an overflowing groups claim (P58)", async () => {
    const overflow = {
      ...claims,
      _claim_names: { groups: "src1" },
      _claim_sources: { src1: { endpoint: "https://graph" } },
    };
    expect(await verify(await sign(overflow))).toEqual(await verify(await sign(claims)));
  });

  it.each<[string, object]>([
    ["no oid", { oid: undefined }],
    ["no tid", { tid: undefined }],
    ["an oid that is no text", { oid: { id: oid } }],
  ])("with %s is nobody's", async (_what, change) => {
    expect((await verify(await sign({ ...claims, ...change }))).kind).toBe("refused");
  });
});

describe("a token of another issuer", () => {
  it("names its principal by issuer and sub", async () => {
    const verified = await verify(await sign({ ...claims, iss: OIDC, sub: "u-1" }));
    expect(verified).toMatchObject({ principal: { id: `${OIDC}#u-1` } });
  });

  it("cannot speak of an Entra oid", async () => {
    const verified = await verify(await sign({ ...claims, iss: OIDC, sub: "u-1", oid, tid: TENANT }));
    expect(verified).toMatchObject({ principal: { id: `${OIDC}#u-1` } });
  });
});

describe("a token", () => {
  it.each<[string, object]>([
    ["that has expired", { exp: now - 31 }],
    ["that is not valid yet", { nbf: now + 31 }],
    ["without an end", { exp: undefined }],
    ["for another audience", { aud: "api://other" }],
    ["without an audience", { aud: undefined }],
    ["of an issuer that is not listed", { iss: "https://evil.example.com" }],
    ["of another tenant", { iss: ENTRA.replace(TENANT, "00000000-0000-4000-8000-000000000001") }],
    ["of the tenant's other version", { iss: `https://sts.windows.net/${TENANT}/` }],
  ])("%s is refused", async (_what, change) => {
    expect((await verify(await sign({ ...claims, ...change }))).kind).toBe("refused");
  });

  it("is accepted while clocks are a little apart", async () => {
    expect((await verify(await sign({ ...claims, exp: now - 20 }))).kind).toBe("accepted");
    expect((await verify(await sign({ ...claims, nbf: now + 20 }))).kind).toBe("accepted");
  });

  it("with alg none is refused", async () => {
    expect((await verify(`${b64({ alg: "none" })}.${b64(claims)}.`)).kind).toBe("refused");
  });

  it("signed with the public key as a shared secret is refused", async () => {
    const secret = new TextEncoder().encode(await exportSPKI(keys.publicKey));
    const token = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "k1" }).sign(secret);
    expect((await verify(token)).kind).toBe("refused");
  });

  it("signed by a stranger, or under an unknown key, is refused", async () => {
    expect((await verify(await sign(claims, strangers.privateKey))).kind).toBe("refused");
    expect((await verify(await sign(claims, strangers.privateKey, { kid: "k2" }))).kind).toBe("refused");
  });

  it("whose payload was changed is refused", async () => {
    const [header = "", , signature = ""] = (await sign(claims)).split(".");
    expect((await verify(`${header}.${b64({ ...claims, oid: "somebody-else" })}.${signature}`)).kind).toBe("refused");
  });

  it.each([[""], ["a"], ["a.b.c"], ["..."], ["x".repeat(20_000)]])("that is none (%#) is refused", async (token) => {
    expect((await verify(token)).kind).toBe("refused");
  });

  it("is never quoted in the refusal", async () => {
    const token = await sign({ ...claims, exp: now - 60 });
    expect(JSON.stringify(await verify(token))).not.toContain(token.slice(0, 20));
  });
});
