import { defineRoute } from "../route.ts";
import type { Route } from "../route.ts";
import { ExtensionBody, GrantView } from "../grant-bodies.ts";
import { PageQuery } from "../page.ts";
import { GrantPage } from "../pages.ts";
import { none, ofGrant, listed } from "./params.ts";

/** Grants: seeing, giving back, extending. */
export const grantRoutes = {
  listGrants: defineRoute({
    method: "get",
    path: "/v1/grants",
    tag: "grants",
    summary: "List grants, newest first: the caller's own, or those on one VM.",
    keyScopes: ["requests:read"],
    params: none,
    query: PageQuery.extend(listed),
    success: { 200: { description: "One page.", body: GrantPage } },
    errors: ["request.not-found"],
  }),
  getGrant: defineRoute({
    method: "get",
    path: "/v1/grants/{grantId}",
    tag: "grants",
    summary: "Show a grant, with its receipt once it is closed.",
    keyScopes: ["requests:read"],
    params: ofGrant,
    query: none,
    success: { 200: { description: "The grant.", body: GrantView } },
    errors: [],
  }),
  deleteGrant: defineRoute({
    method: "delete",
    path: "/v1/grants/{grantId}",
    tag: "grants",
    summary: "Give a grant back before its end, or revoke somebody else's.",
    keyScopes: ["requests:write", "requests:on-behalf"],
    params: ofGrant,
    query: none,
    success: { 202: { description: "Taken down; the closing follows.", body: GrantView } },
    errors: ["rbac.missing-action", "rbac.denied", "grant.terminal"],
  }),
  extendGrant: defineRoute({
    method: "post",
    path: "/v1/grants/{grantId}/extend",
    tag: "grants",
    summary: "Ask for more time on a grant of one's own that is open.",
    keyScopes: ["requests:write"],
    params: ofGrant,
    query: none,
    body: ExtensionBody,
    idempotent: true,
    success: { 202: { description: "Taken down; the decision follows.", body: GrantView } },
    errors: [
      "auth.forbidden",
      "grant.terminal",
      "request.conflict",
      "policy.none",
      "policy.port-not-covered",
      "policy.source-not-covered",
      "policy.duration-too-long",
      "policy.end-in-the-past",
    ],
  }),
} as const satisfies Record<string, Route>;
