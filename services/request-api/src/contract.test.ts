import { renderOpenApi, routes, scanIdOf, scopeOf } from "@sallyport/contracts";
import type { Route } from "@sallyport/contracts";
import { aVm } from "@sallyport/testkit";
import { anApi, askedBy, keyOf, underJit } from "./an-api.conformance.ts";
import type { ApiUnderTest, CallOptions } from "./an-api.conformance.ts";

const all = Object.entries<Route>(routes);
const NO_KEY = "0193a5e47c007000800000000000ffff";
let api: ApiUnderTest;
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  api = await anApi();
  await underJit(api);
  const { access } = await askedBy(api);
  ids = {
    vmKey: keyOf(aVm()),
    requestId: access.requestId,
    grantId: access.grantId,
    apiKeyId: NO_KEY,
    scanId: scanIdOf(scopeOf(aVm()), api.clock.now()),
    scopeId: scopeOf(aVm()),
  };
});
afterAll(() => api.close());

const pathOf = (route: Route, values = ids) =>
  route.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? "");
const call = (route: Route, options: CallOptions = {}, values = ids) =>
  api.call(route.method.toUpperCase(), pathOf(route, values), {
    ...options,
    headers: { "idempotency-key": crypto.randomUUID(), ...options.headers },
  });
const document: unknown = JSON.parse(JSON.stringify(renderOpenApi()));
const documented = (route: Route, status: number): unknown => {
  return ["paths", route.path, route.method, "responses", String(status)].reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null
        ? Object.entries(value).find(([name]) => name === key)?.[1]
        : undefined,
    document,
  );
};

describe("the document at /openapi.json", () => {
  it("is the one that is rendered from the routes, for anybody", async () => {
    const response = await fetch(`${api.url}/openapi.json`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(renderOpenApi())));
  });
});

describe.each(all.filter(([, route]) => route.body !== undefined))("%s with a bad body", (_id, route) => {
  it.each<[string, CallOptions]>([
    ["no JSON", { raw: "{" }],
    ["null", { raw: "null" }],
    ["a list", { raw: "[]" }],
    ["a number", { raw: "42" }],
    ["an unknown field", { body: { "no such field": 1 } }],
    ["another media type", { raw: "x", headers: { "content-type": "text/plain" } }],
    ["70 kB", { raw: JSON.stringify({ x: "x".repeat(70_000) }) }],
  ])("(%s) answers with a problem that the document describes", async (_what, options) => {
    const { status, headers, body } = await call(route, options);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect([400, 413, 415, 422]).toContain(status);
    expect(body).toMatchObject({ status, type: `urn:sallyport:problem:${body.code}` });
    expect(body.errors[0].code).toBe(body.code);
    expect(documented(route, status)).toBeDefined();
  });
});

describe.each(all.filter(([, route]) => !route.public))("%s", (_id, route) => {
  it.each<[string, Record<string, string>]>([
    ["a token that is none", { authorization: "Bearer nonsense" }],
    ["another scheme", { authorization: "Basic dXNlcjpwYXNz" }],
  ])("with %s answers 401 and how to do better", async (_what, headers) => {
    const said = await call(route, { headers });
    expect([said.status, said.body.code]).toEqual([401, "auth.invalid"]);
    expect(said.headers.get("www-authenticate")).toContain("invalid_token");
    expect(documented(route, 401)).toBeDefined();
  });

  it("without a token answers 401", async () => {
    const response = await fetch(`${api.url}${pathOf(route)}`, { method: route.method.toUpperCase() });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="sallyport"');
    await response.text();
  });

  it("with a good call is answered as the document says", async () => {
    const good: Readonly<Record<string, CallOptions>> = {
      createAccessRequest: {
        body: { vm: aVm(), ports: [22], sources: ["203.0.113.7"], duration: "PT1H" },
        as: "alice",
      },
    };
    const said = await call(route, good[_id] ?? { body: route.body === undefined ? undefined : {} });
    expect(documented(route, said.status)).toBeDefined();
    const schema = route.success[said.status]?.body;
    expect(schema?.safeParse(said.body).error?.issues ?? []).toEqual([]);
  });
});

describe.each(all.filter(([, route]) => Object.keys(route.params.shape).length > 0))("%s", (_id, route) => {
  it("of what is not there answers 404", async () => {
    const nothing = {
      vmKey: "bm90aGluZw",
      requestId: "0193a5e4-7c00-7000-8000-00000000ffff",
      grantId: "gnosuchgrant0000",
      apiKeyId: NO_KEY,
      scopeId: "nowhere",
    };
    const said = await call(
      route,
      {
        body:
          route.body === undefined
            ? undefined
            : route.method === "put"
              ? { ports: [{ port: 22 }] }
              : route.path.endsWith("extend")
                ? { duration: "PT5M" }
                : {},
      },
      nothing,
    );
    expect([said.status, said.body.code]).toEqual([404, "request.not-found"]);
  });
});
