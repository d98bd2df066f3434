import { defineRoute } from "../route.ts";
import type { Route } from "../route.ts";
import { CreatedApiKey, NewApiKey } from "../api-key-bodies.ts";
import { PageQuery } from "../page.ts";
import { ApiKeyPage } from "../pages.ts";
import { none, ofApiKey } from "./params.ts";

/** Keys of machines. */
export const apiKeyRoutes = {
  createApiKey: defineRoute({
    method: "post",
    path: "/v1/api-keys",
    tag: "api keys",
    summary: "Make a key for a machine; its secret is answered this once.",
    params: none,
    query: none,
    body: NewApiKey,
    idempotent: true,
    success: {
      201: {
        description: "Made. A repetition of this call is answered without the secret.",
        body: CreatedApiKey,
        headers: { Location: "where the key is listed" },
      },
    },
    errors: ["rbac.missing-action", "rbac.denied", "scope.not-enrolled"],
  }),
  listApiKeys: defineRoute({
    method: "get",
    path: "/v1/api-keys",
    tag: "api keys",
    summary: "List the keys, newest first, with their last use; never their secrets.",
    params: none,
    query: PageQuery,
    success: { 200: { description: "One page.", body: ApiKeyPage } },
    errors: ["rbac.missing-action", "rbac.denied", "scope.not-enrolled"],
  }),
  deleteApiKey: defineRoute({
    method: "delete",
    path: "/v1/api-keys/{apiKeyId}",
    tag: "api keys",
    summary: "Revoke a key: from now on it is refused.",
    params: ofApiKey,
    query: none,
    success: { 204: { description: "Revoked." } },
    errors: ["rbac.missing-action", "rbac.denied", "scope.not-enrolled"],
  }),
} as const satisfies Record<string, Route>;
