import type { z } from "zod";
import type { ErrorCode } from "../errors.ts";
import type { ApiKeyScope } from "../values/api-key.ts";

/** What a call is answered with when it went well. */
export interface Success {
  readonly description: string;
  readonly body?: z.ZodType;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * One operation of the HTTP API, as a value: request-api mounts its handler from it, and the OpenAPI document is rendered from it,
 * so the two cannot drift.
 */
export interface Route {
  readonly method: "get" | "put" | "patch" | "post" | "delete";
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string;
  readonly tag: "vms" | "scans" | "scopes" | "policies" | "access requests" | "grants" | "api keys" | "meta";
  readonly summary: string;
  /** Answered without a token. */
  readonly public?: true;
  /** The scopes of which an API key needs one; without, the call is for people only. `any`: every key may. */
  readonly keyScopes?: readonly [ApiKeyScope, ...ApiKeyScope[]] | "any";
  /** What fails here is nothing that exists: 404. */
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body?: z.ZodType;
  /** An empty body is as good as `{}`. */
  readonly bodyOptional?: true;
  /** Media types that the body may have; `application/json` unless it says otherwise. */
  readonly accepts?: readonly string[];
  /** Whether it takes an Idempotency-Key: always one, or only in place of a precondition. */
  readonly idempotent?: true;
  /** Takes `Prefer: wait=N`. */
  readonly waits?: true;
  /** Takes If-Match and If-None-Match. */
  readonly conditional?: true;
  readonly success: Readonly<Record<number, Success>>;
  /** Besides those that every route of its kind may answer with. */
  readonly errors: readonly ErrorCode[];
}

export const defineRoute = <const R extends Route>(route: R): R => route;

/** Every code a route may answer with. */
export function errorsOf(route: Route): readonly ErrorCode[] {
  return [
    ...new Set<ErrorCode>([
      ...(route.public ? [] : (["auth.missing", "auth.invalid"] as const)),
      ...(route.public || route.keyScopes === "any" ? [] : (["auth.scope-missing"] as const)),
      ...(Object.keys(route.params.shape).length > 0 ? (["request.not-found"] as const) : []),
      ...(Object.keys(route.query.shape).length > 0 ? (["request.invalid"] as const) : []),
      ...(route.body
        ? (["request.malformed", "request.invalid", "request.too-large", "request.unsupported-media-type"] as const)
        : []),
      ...(route.idempotent
        ? ([
            "request.idempotency-key-missing",
            "request.idempotency-key-reused",
            "request.idempotency-in-flight",
          ] as const)
        : []),
      ...(route.conditional ? (["request.precondition-required", "request.precondition-failed"] as const) : []),
      ...route.errors,
      ...(route.public ? [] : (["rbac.lookup-failed", "backbone.unavailable"] as const)),
      "internal.bug",
    ]),
  ];
}
