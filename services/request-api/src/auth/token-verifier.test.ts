import { createServer } from "node:http";
import { createVirtualClock } from "@sallyport/testkit";
import { msOf } from "@sallyport/contracts";
import { SignJWT, exportJWK, exportSPKI, generateKeyPair } from "jose";
import type { JWTPayload } from "jose";
import { createTokenVerifier } from "./token-verifier.ts";
import type { TrustedIssuer } from "./token-verifier.ts";
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
      { issuer: OIDC, audience, claims: "oidc", people: { claim: "amr" }, keys: { jwks } },
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
/** An issuer that publishes its keys over HTTP, as it sees fit at the moment. */
async function anIssuer() {
  const state = { status: 200, body: "", asked: 0 };
  const server = createServer((_request, response) => {
    state.asked += 1;
    response.writeHead(state.status, { "content-type": "application/json" }).end(state.body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const jwksUri = `http://127.0.0.1:${address.port}/keys`;
  const publish = async (...pairs: readonly (readonly [string, Keys])[]) => {
    state.body = JSON.stringify({
      keys: await Promise.all(pairs.map(async ([kid, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid }))),
    });
  };
  const verifier = (cooldownMs: number) =>
    createTokenVerifier({
      clock,
      cooldownMs,
      issuers: [{ issuer: OIDC, audience, claims: "oidc", keys: { jwksUri } }],
    });
  return { state, publish, verifier, close: () => server.close() };
}
type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

describe("the keys of an issuer", () => {
  const ours = { ...claims, iss: OIDC };

  it("are fetched once, and again for a key that is new: an issuer may rotate them", async () => {
    const issuer = await anIssuer();
    await issuer.publish(["k1", keys]);
    const verifyHere = issuer.verifier(0);
    expect((await verifyHere(await sign(ours))).kind).toBe("accepted");
    expect((await verifyHere(await sign(ours))).kind).toBe("accepted");
    expect(issuer.state.asked).toBe(1);
    const next = await generateKeyPair("RS256", { extractable: true });
    await issuer.publish(["k2", next]);
    expect((await verifyHere(await sign(ours, next.privateKey, { kid: "k2" }))).kind).toBe("accepted");
    // The old one is gone with the new ones.
    expect((await verifyHere(await sign(ours))).kind).toBe("refused");
    issuer.close();
  });

  it("are not fetched again and again for keys that nobody has", async () => {
    const issuer = await anIssuer();
    await issuer.publish(["k1", keys]);
    const verifyHere = issuer.verifier(30_000);
    expect((await verifyHere(await sign(ours))).kind).toBe("accepted");
    for (const kid of ["x1", "x2", "x3"])
      expect((await verifyHere(await sign(ours, strangers.privateKey, { kid }))).kind).toBe("refused");
    expect(issuer.state.asked).toBe(1);
    issuer.close();
  });

  it.each([
    ["answers with an error", 500, "{}"],
    ["answers with a page", 200, "<html>"],
    ["answers with something else", 200, "{}"],
  ])("that cannot be had, for it %s, say nothing of a token: try again", async (_what, status, body) => {
    const issuer = await anIssuer();
    Object.assign(issuer.state, { status, body });
    await expect(issuer.verifier(0)(await sign(ours))).rejects.toMatchObject({ code: "backbone.unavailable" });
    issuer.close();
  });
});

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

  it("means the same whatever it says of groups (P58)", async () => {
    for (const more of [
      { groups: ["00000000-0000-4000-8000-00000000ad00"] },
      { hasgroups: true },
      { roles: ["admin"] },
    ])
      expect(await verify(await sign({ ...claims, ...more }))).toEqual(await verify(await sign(claims)));
  });

  it("of the first version names the same principal as one of the second, where both issuers are listed", async () => {
    const first = `https://sts.windows.net/${TENANT}/`;
    const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: "k1" }] };
    const both = createTokenVerifier({
      clock,
      issuers: [ENTRA, first].map((issuer) => ({ issuer, audience, claims: "entra" as const, keys: { jwks } })),
    });
    expect(await both(await sign({ ...claims, iss: first, ver: "1.0" }))).toEqual(await both(await sign(claims)));
  });

  it("of a tenant that is not listed is refused, although its issuer is", async () => {
    const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: "k1" }] };
    const of = (tenants: readonly string[]) =>
      createTokenVerifier({
        clock,
        issuers: [{ issuer: "urn:any", audience, tenants, claims: "entra", keys: { jwks } }],
      });
    const token = await sign({ ...claims, iss: "urn:any" });
    expect((await of([TENANT.toUpperCase()])(token)).kind).toBe("accepted");
    expect((await of(["00000000-0000-4000-8000-000000000001"])(token)).kind).toBe("refused");
    expect((await verify(await sign({ ...claims, tid: "00000000-0000-4000-8000-000000000001" }))).kind).toBe("refused");
    expect(() =>
      createTokenVerifier({ clock, issuers: [{ issuer: "urn:any", audience, claims: "entra", keys: { jwks } }] }),
    ).toThrow("names no tenant");
  });

  it.each<[string, object]>([
    ["an oid of another form", { oid: "alice@example.com" }],
    ["a tid of another form", { tid: "common" }],
    ["no oid", { oid: undefined }],
    ["no tid", { tid: undefined }],
    ["an oid that is no text", { oid: { id: oid } }],
  ])("with %s is nobody's", async (_what, change) => {
    expect((await verify(await sign({ ...claims, ...change }))).kind).toBe("refused");
  });
});

describe("a token that a program got for itself", () => {
  const kindOf = async (change: object, key = keys.privateKey) => {
    const verified = await verify(await sign({ ...claims, ...change }, key));
    return verified.kind === "accepted" ? (verified.principal.kind ?? "a person") : verified.kind;
  };
  const app = { sub: oid, name: undefined, azp: "11111111-0000-4000-8000-000000000001" };

  it.each<[string, object]>([
    ["says so", { idtyp: "app" }],
    ["says so, and has a sub of its own", { idtyp: "app", sub: "pairwise", scp: "user_impersonation" }],
    ["of the second version does not say so", app],
    ["of the first version does not say so", { ...app, azp: undefined, appid: app.azp, ver: "1.0" }],
    ["holds app roles", { ...app, roles: ["Sallyport.Use"] }],
    ["has a name, which anybody may have given it", { ...app, name: "Alice" }],
    ["has no sub", { sub: undefined }],
    ["has an empty scp", { ...app, scp: "" }],
  ])("is a service's: one of Entra that %s", async (_what, change) => {
    expect(await kindOf(change)).toBe("service");
  });

  it.each<[string, object]>([
    ["a sub that is made for the application", {}],
    ["scopes, which only people give", { sub: oid, scp: "user_impersonation" }],
    ["the word that it is a user's", { sub: oid, idtyp: "user" }],
  ])("is a person's: one of Entra with %s", async (_what, change) => {
    expect(await kindOf(change)).toBe("a person");
  });

  it.each<[string, object, string]>([
    ["whose sub is the client", { sub: "ci", azp: "ci" }, "service"],
    ["whose sub is the client_id", { sub: "ci", client_id: "ci" }, "service"],
    ["whose sub is the cid", { sub: "ci", cid: "ci" }, "service"],
    ["whose sub is the client at its clients", { sub: "ci@clients", azp: "ci" }, "service"],
    ["by client credentials", { sub: "u-1", gty: "client-credentials" }, "service"],
    ["that a person got by a client", { sub: "u-1", azp: "ci", amr: ["pwd"] }, "a person"],
    ["that says nothing of how somebody signed in", { sub: "u-1", azp: "ci" }, "service"],
    ["whose sub is the client, with the claim of people", { sub: "ci", azp: "ci", amr: ["pwd"] }, "service"],
    ["that says that it is a user's, while its sub is the client", { sub: "ci", azp: "ci", idtyp: "user" }, "service"],
  ])("of another issuer, %s, is told from people", async (_what, change, kind) => {
    expect(await kindOf({ iss: OIDC, ...change })).toBe(kind);
  });

  const ofPeople = async (people: TrustedIssuer["people"], change: object) => {
    const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: "k1" }] };
    const only = createTokenVerifier({
      clock,
      issuers: [{ issuer: OIDC, audience, claims: "oidc", people, keys: { jwks } }],
    });
    const verified = await only(await sign({ ...claims, iss: OIDC, sub: "u-1", ...change }));
    return verified.kind === "accepted" ? (verified.principal.kind ?? "a person") : verified.kind;
  };

  it.each<[string, TrustedIssuer["people"], object, string]>([
    ["has said nothing", undefined, { amr: ["pwd"], email_verified: true }, "service"],
    ["has said nothing of use", {}, { amr: ["pwd"] }, "service"],
    ["knows people by a claim that it has", { claim: "email_verified" }, { email_verified: true }, "a person"],
    ["knows people by a claim that it denies", { claim: "email_verified" }, { email_verified: false }, "service"],
    ["knows people by a claim that is null", { claim: "amr" }, { amr: null }, "service"],
    ["knows people by a claim that is empty", { claim: "amr" }, { amr: [] }, "service"],
    ["knows people by a claim that is no text", { claim: "preferred_username" }, { preferred_username: "" }, "service"],
    ["knows people by what every object has", { claim: "constructor" }, {}, "service"],
    ["knows people by their client", { clients: ["portal", "cli"] }, { azp: "cli" }, "a person"],
    ["knows people by another client", { clients: ["portal"] }, { azp: "batch" }, "service"],
    [
      "knows people by their client, of which this has two",
      { clients: ["cli"] },
      { azp: "cli", client_id: "x" },
      "service",
    ],
    ["knows people by their client, and this names none", { clients: ["portal"] }, {}, "service"],
    ["wants both, and this has one", { claim: "amr", clients: ["cli"] }, { azp: "cli" }, "service"],
    ["wants both, and this has both", { claim: "amr", clients: ["cli"] }, { azp: "cli", amr: ["mfa"] }, "a person"],
    [
      "knows people by a claim that a program has as well",
      { claim: "amr" },
      { sub: "ci", azp: "ci", amr: ["x"] },
      "service",
    ],
  ])("of an issuer of which the operator %s", async (_what, people, change, kind) => {
    expect(await ofPeople(people, change)).toBe(kind);
  });

  it("has the id that Azure's roles know it by", async () => {
    expect(await verify(await sign({ ...claims, ...app }))).toEqual({
      kind: "accepted",
      principal: { id: `${oid.toLowerCase()}@${TENANT}`, kind: "service" },
    });
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

  it("that brings its own key is refused", async () => {
    const jwk = await exportJWK((await generateKeyPair("RS256", { extractable: true })).publicKey);
    const header = { jwk, jku: "https://evil.example.com/keys" };
    expect((await verify(await sign(claims, strangers.privateKey, header))).kind).toBe("refused");
  });

  it("signed with an algorithm that its issuer is not said to use is refused", async () => {
    const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: "k1" }] };
    const issuer = { issuer: OIDC, audience: ["other", audience], claims: "oidc", keys: { jwks } } as const;
    const token = await sign({ ...claims, iss: OIDC });
    const of = (more: object) => createTokenVerifier({ clock, issuers: [{ ...issuer, ...more }] });
    expect((await of({})(token)).kind).toBe("accepted");
    expect((await of({ algorithms: ["ES256"] })(token)).kind).toBe("refused");
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
