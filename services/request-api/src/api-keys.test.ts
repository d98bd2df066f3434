import { randomBytes } from "node:crypto";
import { ApiKeyId, ApiKeyView, CreatedApiKey, instantOf, msOf, plusSeconds, routes } from "@sallyport/contracts";
import type { ApiKeyScope, Route } from "@sallyport/contracts";
import { aVm } from "@sallyport/testkit";
import { writeApiKey } from "./auth/api-key-secret.ts";
import { anApi, idOf, keyOf, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest, Said, Who } from "./an-api.conformance.ts";

let api: ApiUnderTest;
const open = async (replicas = 1) => {
  api = await anApi({ replicas });
  await underJit(api);
};
afterEach(() => api.close());

const inAnHour = () => plusSeconds(api.clock.now(), 3600);
const post = (path: string, body: unknown, more: { as?: Who; headers?: Record<string, string> } = {}) =>
  api.call("POST", path, { ...more, body, headers: { "idempotency-key": crypto.randomUUID(), ...more.headers } });
const make = (about: object = {}, as: Who = "ada") =>
  post("/v1/api-keys", { name: "bot", scopes: ["requests:read"], expiresAt: inAnHour(), ...about }, { as });
const made = async (...args: Parameters<typeof make>) => {
  const said = await make(...args);
  if (said.status !== 201) throw new Error(JSON.stringify(said.body));
  const { secret = "", ...key } = CreatedApiKey.parse(said.body);
  return { ...key, secret };
};
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const me = (secret: string, replica = 0) => api.call("GET", "/v1/me", { headers: bearer(secret) }, replica);
const ask = (secret: string, body: object = {}) =>
  post(
    "/v1/access-requests",
    { vm: aVm(), ports: [22], sources: ["203.0.113.7"], duration: "PT1H", ...body },
    { headers: bearer(secret) },
  );
const onBehalf = (scopes: readonly ApiKeyScope[] = ["requests:on-behalf", "requests:read"], whom: unknown = "*") =>
  made({ scopes, onBehalfOf: whom });

describe("an API key", () => {
  beforeEach(() => open());

  it("takes the end as people write it, with an offset and without milliseconds", async () => {
    const { status, body } = await make({ expiresAt: inAnHour().replace(".000Z", "+00:00") });
    expect([status, body.expiresAt]).toEqual([201, inAnHour()]);
  });

  it("is told once, and known afterwards by everything but its secret", async () => {
    const headers = { "idempotency-key": crypto.randomUUID() };
    const body = { name: "bot", scopes: ["requests:read"], expiresAt: inAnHour() };
    const first = await post("/v1/api-keys", body, { headers });
    const again = await post("/v1/api-keys", body, { headers });
    const { secret, ...known } = first.body;
    expect(secret).toMatch(/^spk_[0-9a-f]{32}_[0-9a-f]{72}$/);
    expect([again.status, again.body]).toEqual([201, known]);
    const { body: list } = await api.call("GET", "/v1/api-keys");
    expect(list.items).toEqual([ApiKeyView.parse(known)]);
    expect(JSON.stringify(list)).not.toContain("hash");
    expect((await me(secret)).body).toMatchObject({
      principal: { id: `key:${known.id}`, displayName: "bot" },
      key: { scopes: ["requests:read"] },
    });
  });

  it("never has its secret in a log or an event", async () => {
    const { secret, id } = await made();
    await me(secret);
    await me(`${secret.slice(0, -1)}x`);
    await api.call("DELETE", `/v1/api-keys/${id}`);
    await me(secret);
    const random = secret.split("_")[2] ?? "none";
    expect(api.log.length).toBeGreaterThanOrEqual(4);
    expect(api.log.join("\n")).not.toContain(random.slice(0, 16));
    const events = await api.published();
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["sallyport.key.created.v1", "sallyport.key.revoked.v1"]),
    );
    expect(JSON.stringify(events)).not.toContain(random.slice(0, 16));
    expect(JSON.stringify(events)).not.toContain('"hash"');
  });

  it("is refused in the same words when it is unknown, mistyped, forged, expired or revoked", async () => {
    const { secret, id } = await made();
    const other = await made();
    const wrong = (said: Said) => [said.status, said.body.code, said.body.detail];
    const unknown = writeApiKey(ApiKeyId.parse("0".repeat(32)), randomBytes(32));
    const mistyped = `${secret.slice(0, 37)}${other.secret.slice(37)}`;
    // Well-formed down to its checksum, and of a key that there is: only the secret is another.
    const forged = writeApiKey(id, randomBytes(32));
    const refusals = [];
    for (const text of [unknown, mistyped, forged]) refusals.push(wrong(await me(text)));
    expect((await me(secret)).status).toBe(200);
    await api.call("DELETE", `/v1/api-keys/${id}`);
    refusals.push(wrong(await me(secret)));
    await api.clock.pass(msOf(inAnHour()) - msOf(api.clock.now()));
    refusals.push(wrong(await me(other.secret)));
    expect(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size).toBe(1);
    expect(refusals[0]?.slice(0, 2)).toEqual([401, "auth.invalid"]);
  });

  it("is accepted until the instant before it expires, and not at that instant", async () => {
    const expiresAt = instantOf(msOf(api.clock.now()) + 10_000);
    const { secret } = await made({ expiresAt });
    await api.clock.pass(msOf(expiresAt) - msOf(api.clock.now()) - 1);
    expect((await me(secret)).status).toBe(200);
    await api.clock.pass(1);
    expect((await me(secret)).status).toBe(401);
  });

  it("has its last use noted, and not written at each call", async () => {
    const { secret } = await made();
    const lastUse = async () => (await api.call("GET", "/v1/api-keys")).body.items[0].lastUsedAt;
    expect(await lastUse()).toBeUndefined();
    const first = api.clock.now();
    await me(secret);
    await api.clock.pass(59_000);
    await me(secret);
    expect(await lastUse()).toBe(first);
    await api.clock.pass(1_000);
    await me(secret);
    expect(await lastUse()).not.toBe(first);
  });

  it("is made, listed and revoked by who may write the policies of everything connected, and by no key", async () => {
    expect((await make({}, "rita")).body).toMatchObject({ status: 403, code: "rbac.missing-action" });
    // A key works in every scope, so the right to write policies in one of them is not enough.
    expect((await make({}, "olga")).body).toMatchObject({ status: 403, code: "rbac.missing-action" });
    expect((await api.call("GET", "/v1/api-keys", { as: "alice" })).status).toBe(403);
    const { id, secret } = await made({ scopes: ["requests:read", "requests:write", "vms:read"] });
    expect((await api.call("DELETE", `/v1/api-keys/${id}`, { as: "alice" })).status).toBe(403);
    expect((await api.call("DELETE", `/v1/api-keys/${id}`, { headers: bearer(secret) })).body).toMatchObject({
      status: 403,
      code: "auth.scope-missing",
    });
    for (const _ of [1, 2]) expect((await api.call("DELETE", `/v1/api-keys/${id}`)).status).toBe(204);
    expect(await api.published("sallyport.key.revoked.v1")).toHaveLength(1);
  });

  it.each([
    ["/expiresAt", { expiresAt: "2020-01-01T00:00:00.000Z" }],
    ["/expiresAt", { expiresAt: "2099-01-01T00:00:00.000Z" }],
    ["/onBehalfOf", { onBehalfOf: "*" }],
    ["/onBehalfOf", { scopes: ["requests:on-behalf"] }],
    ["/onBehalfOf", { scopes: ["requests:on-behalf"], onBehalfOf: [`key:${"0".repeat(32)}`] }],
    ["/scopes/0", { scopes: ["approvals:write"] }],
    ["/scopes", { scopes: ["vms:read", "vms:read"] }],
    ["/name", { name: " " }],
  ])("is not made with a wrong %s", async (field, about) => {
    const { status, body } = await make(about);
    expect([status, body.errors[0].field]).toEqual([422, field]);
  });

  it.each(Object.entries<Route>(routes).filter(([, { public: isPublic }]) => isPublic !== true))(
    "calls %s with one of its scopes only",
    async (_name, route) => {
      const path = route.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => (name === "vmKey" ? keyOf() : "x"));
      const codeWith = async (scopes: readonly ApiKeyScope[]) => {
        const { secret } = await made({
          scopes,
          ...(scopes.includes("requests:on-behalf") ? { onBehalfOf: "*" } : {}),
        });
        return (await api.call(route.method.toUpperCase(), path, { headers: bearer(secret) })).body?.code;
      };
      const every: readonly ApiKeyScope[] = ["vms:read", "requests:read", "requests:write", "requests:on-behalf"];
      const wanted = route.keyScopes === "any" ? every : (route.keyScopes ?? []);
      for (const scope of every)
        expect([scope, (await codeWith([scope])) === "auth.scope-missing"]).toEqual([scope, !wanted.includes(scope)]);
    },
  );
});

describe("an API key, across replicas", () => {
  it("is refused by every one of them from the moment it is revoked", async () => {
    await open(2);
    const { secret, id } = await made();
    expect((await me(secret, 1)).status).toBe(200);
    await api.call("DELETE", `/v1/api-keys/${id}`);
    expect([(await me(secret, 0)).status, (await me(secret, 1)).status]).toEqual([401, 401]);
  });
});

describe("asking for somebody", () => {
  beforeEach(() => open());
  const alice = { for: { principal: idOf("alice") } };

  it("names both: whose access it is, and who asked; the person's, and seen by both", async () => {
    const { secret, id } = await onBehalf(["requests:on-behalf", "requests:read"], [idOf("alice").toUpperCase()]);
    const said = await ask(secret, alice);
    expect(said.status).toBe(202);
    const [event] = await api.published("sallyport.access.requested.v1");
    expect(event?.data).toMatchObject({
      access: { principal: { id: idOf("alice") }, requestedBy: { id: `key:${id}`, displayName: "bot" } },
    });
    const mine = async (options: object) =>
      (await api.call("GET", "/v1/access-requests", options)).body.items.map((one: { id: string }) => one.id);
    expect(await mine({ as: "alice" })).toEqual([said.body.id]);
    expect(await mine({ headers: bearer(secret) })).toEqual([said.body.id]);
    expect(await mine({ as: "ann" })).toEqual([]);
  });

  it("takes the right of its own, and only for people that the key names", async () => {
    const code = async (said: Promise<Said>) => {
      const { status, body } = await said;
      return [status, body.code, body.errors?.[0].expected];
    };
    const plain = await made({ scopes: ["requests:write"] });
    const needs = [403, "auth.scope-missing", "requests:on-behalf"];
    expect(await code(ask(plain.secret, alice))).toEqual(needs);
    const person = { vm: aVm(), ports: [22], sources: ["203.0.113.7"], duration: "PT1H", ...alice };
    expect(await code(post("/v1/access-requests", person, { as: "ada" }))).toEqual(needs);
    const forAnn = await onBehalf(["requests:on-behalf"], [idOf("ann")]);
    expect((await code(ask(forAnn.secret, alice))).slice(0, 2)).toEqual([403, "auth.forbidden"]);
    expect(await code(ask(forAnn.secret))).toEqual([403, "auth.scope-missing", "requests:write"]);
    const anybody = await onBehalf();
    expect((await ask(anybody.secret, { for: { principal: `key:${plain.id}` } })).status).toBe(422);
    expect(await api.published("sallyport.access.requested.v1")).toEqual([]);
  });

  it("finds the VM with the person's eyes", async () => {
    const { secret } = await onBehalf();
    expect((await ask(secret, { for: { principal: idOf("nora") } })).body.code).toBe("vm.unknown");
  });

  it("lets both give it back, and only the person extend it", async () => {
    const { secret } = await onBehalf(["requests:on-behalf", "requests:read", "requests:write"]);
    const stranger = await onBehalf();
    const grant = (await ask(secret, alice)).body.grants[0].id;
    const giveBack = (headers: object) => api.call("DELETE", `/v1/grants/${grant}`, { headers: { ...headers } });
    expect((await giveBack(bearer(stranger.secret))).status).toBe(404);
    expect(
      (await post(`/v1/grants/${grant}/extend`, { duration: "PT5M" }, { headers: bearer(secret) })).body.code,
    ).toBe("auth.forbidden");
    expect((await giveBack(bearer(secret))).status).toBe(202);
    expect((await api.published("sallyport.access.revocation-requested.v1"))[0]?.data).toMatchObject({
      reason: "given-back",
    });
  });
});
