import { aVm } from "@sallyport/testkit";
import { anApi, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest, CallOptions, Who } from "./an-api.conformance.ts";

const KEY = "0f5f9c0e-7a54-4a1e-9a9e-3a44a1f0c001";
const ask = { vm: aVm(), ports: [22], sources: ["203.0.113.7"], duration: "PT1H" };
let api: ApiUnderTest;
beforeEach(async () => {
  api = await anApi({ replicas: 2 });
  await underJit(api);
});
afterEach(() => api.close());

const post = (
  { as = "alice", key = KEY, body = ask, ...more }: CallOptions & { readonly key?: string; readonly as?: Who } = {},
  replica = 0,
) =>
  api.call(
    "POST",
    "/v1/access-requests",
    { as, body, ...more, headers: { "idempotency-key": key, ...more.headers } },
    replica,
  );
const requests = () => api.published("sallyport.access.requested.v1");

describe("a call that is repeated with its Idempotency-Key", () => {
  it("is answered as the first time, status, headers and body, by any replica", async () => {
    const first = await post();
    const again = await post({}, 1);
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(again.headers.get("location")).toBe(first.headers.get("location"));
    expect(await requests()).toHaveLength(1);
  });

  it("is the same call however its JSON is laid out, and its key quoted", async () => {
    const first = await post();
    const reordered = Object.fromEntries(Object.entries(ask).reverse());
    const again = await post({ raw: JSON.stringify(reordered, null, 2), key: `"${KEY}"` });
    expect(again.body).toEqual(first.body);
    expect(await requests()).toHaveLength(1);
  });

  it("with another body is refused, and publishes nothing", async () => {
    await post();
    const other = await post({ body: { ...ask, duration: "PT2H" } });
    expect(other.body).toMatchObject({ status: 422, code: "request.idempotency-key-reused" });
    expect(other.body.errors[0].field).toBe("Idempotency-Key");
    expect(await requests()).toHaveLength(1);
  });

  it("by somebody else is another call", async () => {
    await post();
    expect((await post({ as: "ann" })).status).toBe(202);
    expect(await requests()).toHaveLength(2);
  });

  it("is answered with its refusal again", async () => {
    const refused = await post({ body: { ...ask, ports: [3389] } });
    const again = await post({ body: { ...ask, ports: [3389] } }, 1);
    expect(again.headers.get("content-type")).toBe("application/problem+json");
    expect([again.status, again.body]).toEqual([refused.status, refused.body]);
  });

  it("for the same words about another request is another call", async () => {
    const say = (id: string) =>
      api.call("POST", `/v1/access-requests/${id}/approve`, { headers: { "idempotency-key": KEY } });
    const [one, two] = [await post({ key: "k1" }), await post({ key: "k2" })];
    await say(one.body.id);
    expect((await say(two.body.id)).body.code).toBe("request.idempotency-key-reused");
  });
});

describe("a storm of one call at two replicas", () => {
  it("has one effect: the others are told to wait, or get the same answer", async () => {
    const storm = await Promise.all(Array.from({ length: 12 }, (_, n) => post({}, n % 2)));
    expect(await requests()).toHaveLength(1);
    const accepted = storm.filter(({ status }) => status === 202);
    expect(accepted.length).toBeGreaterThan(0);
    expect(new Set(accepted.map(({ body }) => body.id)).size).toBe(1);
    const others = storm.filter(({ status }) => status !== 202);
    for (const { status, headers, body } of others)
      expect([status, body.code, headers.get("retry-after")]).toEqual([409, "request.idempotency-in-flight", "1"]);
    expect((await post()).body.id).toBe(accepted[0]?.body.id);
  });

  it("while the first still waits for its decision is told that it is under way", async () => {
    const waiting = post({ headers: { prefer: "wait=20" } });
    while ((await requests()).length === 0) await new Promise(setImmediate);
    expect((await post({}, 1)).body).toMatchObject({ status: 409, code: "request.idempotency-in-flight" });
    api.letTimeFlow(1000);
    expect((await waiting).status).toBe(202);
  });
});

describe("an Idempotency-Key", () => {
  it.each([[""], ["  "], ["x".repeat(256)], ["two words"]])("that is %j is none", async (key) => {
    expect((await post({ key })).body).toMatchObject({ status: 400, code: "request.idempotency-key-missing" });
    expect(await requests()).toEqual([]);
  });

  it("is needed on every POST", async () => {
    const bare = await api.call("POST", "/v1/access-requests", { as: "alice", body: ask });
    expect(bare.body).toMatchObject({ status: 400, code: "request.idempotency-key-missing" });
  });
});
