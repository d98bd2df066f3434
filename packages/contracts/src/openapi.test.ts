import { errorKinds } from "./errors.ts";
import { errorsOf } from "./http/route.ts";
import type { Route } from "./http/route.ts";
import { routes } from "./http/routes.ts";
import type { JsonObject } from "./json-schema.ts";
import { renderOpenApi } from "./openapi.ts";

const document: unknown = JSON.parse(JSON.stringify(renderOpenApi()));
const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null;
const at = (...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), document);
const keysAt = (...path: readonly string[]): readonly string[] => Object.keys((at(...path) as JsonObject) ?? {});

function refsIn(value: unknown): readonly string[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" && typeof inner === "string" ? [inner] : refsIn(inner),
  );
}

describe("the OpenAPI document", () => {
  it("is of version 3.1, and refers to nothing that it does not hold", () => {
    expect(at("openapi")).toBe("3.1.0");
    const broken = refsIn(document).filter((ref) => at(...ref.replace("#/", "").split("/")) === undefined);
    expect(broken).toEqual([]);
  });

  it("holds no schema twice under made-up names", () => {
    expect(keysAt("components", "schemas").filter((name) => /__|^parameter/.test(name))).toEqual([]);
  });
});

describe.each(Object.entries<Route>(routes))("the operation %s", (id, route) => {
  const operation = (...path: readonly string[]) => at("paths", route.path, route.method, ...path);
  const parameters = operation("parameters") as readonly JsonObject[];

  it("is there under its own name, with a summary", () => {
    expect(operation("operationId")).toBe(id);
    expect(operation("summary")).toMatch(/\.$/);
  });

  it("declares each parameter of its path, and no other", () => {
    const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(parameters.filter((one) => one["in"] === "path").map((one) => one["name"])).toEqual(inPath);
    expect(Object.keys(route.params.shape)).toEqual(inPath);
  });

  it("describes what it answers: well, and with each problem it may have", () => {
    const statuses = keysAt("paths", route.path, route.method, "responses").map(Number);
    const expected = [
      ...Object.keys(route.success).map(Number),
      ...errorsOf(route).map((code) => errorKinds[code].status),
    ];
    expect(new Set(statuses)).toEqual(new Set(expected));
  });

  it("takes a body if and only if it changes something by one", () => {
    expect(operation("requestBody") !== undefined).toBe(route.body !== undefined);
    expect(["put", "patch", "post"].includes(route.method)).toBe(route.body !== undefined);
  });

  it("asks for a token unless it is public", () => {
    expect(operation("security")).toEqual(route.public ? [] : undefined);
  });

  it("asks for an Idempotency-Key whenever it is a POST", () => {
    const names = parameters.map((one) => one["name"]);
    expect(names.includes("Idempotency-Key")).toBe(route.method === "post");
  });
});
