import { z } from "zod";
import { errorKinds } from "./errors.ts";
import type { ErrorCode } from "./errors.ts";
import { Problem, ProblemDetail } from "./http/problem.ts";
import { errorsOf } from "./http/route.ts";
import type { Route } from "./http/route.ts";
import { httpSchemas } from "./http/http-schemas.ts";
import { routes } from "./http/routes.ts";
import { namedValues, schemasUnder } from "./json-schema.ts";
import type { JsonObject } from "./json-schema.ts";

const named: Readonly<Record<string, z.ZodType>> = { ...namedValues, ...httpSchemas, Problem, ProblemDetail };
const base = "#/components/schemas/";
const nameOf = new Map(Object.entries(named).map(([name, schema]) => [schema, name]));

/** The HTTP API as OpenAPI 3.1, read off the table of routes. */
export function renderOpenApi(): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const [operationId, route] of Object.entries(routes)) {
    (paths[route.path] ??= {})[route.method] = operationOf(operationId, route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Sallyport",
      version: "1.0.0",
      description:
        "Time-bound access to the management ports of virtual machines. Changes within /v1 are additive. Errors are RFC 9457 problems with every reason; what is not there and what the caller may not see get the same answer.",
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      schemas: schemasUnder(base, named, "draft-2020-12"),
    },
  };
}

function operationOf(operationId: string, route: Route): JsonObject {
  return {
    operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.public ? {} : { description: callersOf(route) }),
    ...(route.public ? { security: [] } : {}),
    parameters: [...parametersIn("path", route.params), ...parametersIn("query", route.query), ...headersOf(route)],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: route.bodyOptional !== true,
            content: contentOf(route.body, route.accepts ?? ["application/json"]),
          },
        }),
    responses: { ...successesOf(route), ...problemsOf(route) },
  };
}

function parametersIn(place: "path" | "query", { shape }: z.ZodObject): readonly JsonObject[] {
  return Object.entries(shape).map(([name, schema]) => {
    const { $schema: _dialect, description, ...written } = z.toJSONSchema(schema, { io: "input" });
    return {
      name,
      in: place,
      required: place === "path" || !z.safeParse(schema, undefined).success,
      ...(description === undefined ? {} : { description }),
      schema: written,
    };
  });
}

function headersOf({ idempotent, waits, conditional }: Route): readonly JsonObject[] {
  const header = (name: string, required: boolean, description: string): JsonObject => ({
    name,
    in: "header",
    required,
    description,
    schema: { type: "string" },
  });
  return [
    ...(idempotent
      ? [
          header(
            "Idempotency-Key",
            true,
            "chosen by the caller, up to 255 characters: a call that is repeated with the same key and body within 24 hours is answered as the first one was",
          ),
        ]
      : []),
    ...(waits
      ? [header("Prefer", false, "wait=N: answer when there is a decision, at the latest after N (≤ 60) seconds")]
      : []),
    ...(conditional
      ? [
          header("If-Match", false, "the ETag of the policy that is changed; required when there is one"),
          header("If-None-Match", false, "*: only if there is none yet"),
        ]
      : []),
  ];
}

function successesOf({ success }: Route): JsonObject {
  return Object.fromEntries(
    Object.entries(success).map(([status, { description, body, headers }]) => [
      status,
      {
        description,
        ...(headers === undefined
          ? {}
          : {
              headers: Object.fromEntries(
                Object.entries(headers).map(([name, what]) => [
                  name,
                  { description: what, schema: { type: "string" } },
                ]),
              ),
            }),
        ...(body === undefined ? {} : { content: contentOf(body, ["application/json"]) }),
      },
    ]),
  );
}

function problemsOf(route: Route): JsonObject {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of errorsOf(route)) {
    const { status } = errorKinds[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${errorKinds[code].title}`).join("\n\n"),
        content: contentOf(Problem, ["application/problem+json"]),
      },
    ]),
  );
}

const callersOf = ({ keyScopes }: Route): string => {
  if (keyScopes === undefined) return "For people: no API key may call this.";
  if (keyScopes === "any") return "For people, and for every API key.";
  return `For people, and for API keys with scope ${keyScopes.map((scope) => `\`${scope}\``).join(" or ")}.`;
};

const contentOf = (schema: z.ZodType, types: readonly string[]): JsonObject =>
  Object.fromEntries(types.map((type) => [type, { schema: reference(schema) }]));

function reference(schema: z.ZodType): JsonObject {
  const name = nameOf.get(schema);
  if (name === undefined) throw new Error("a body of the HTTP API has no name in httpSchemas");
  return { $ref: `${base}${name}` };
}
