import { defineRoute } from "../route.ts";
import type { Route } from "../route.ts";
import { NewEnrolment, ScopeList, ScopeView } from "../scope-bodies.ts";
import { none, ofScope } from "./params.ts";

/** Which subscriptions and accounts are enrolled. */
export const scopeRoutes = {
  listScopes: defineRoute({
    method: "get",
    path: "/v1/scopes",
    tag: "scopes",
    summary: "List every connected subscription and account, and whether it is enrolled.",
    params: none,
    query: none,
    success: { 200: { description: "All of them.", body: ScopeList } },
    errors: ["rbac.missing-action", "rbac.denied", "scope.not-enrolled"],
  }),
  enrolScope: defineRoute({
    method: "put",
    path: "/v1/scopes/{scopeId}",
    tag: "scopes",
    summary: "Enrol a connected subscription or account: it is evaluated, and JIT can be enabled there.",
    params: ofScope,
    query: none,
    body: NewEnrolment,
    bodyOptional: true,
    success: { 200: { description: "Enrolled, or was already; its next scan follows.", body: ScopeView } },
    errors: ["rbac.missing-action", "rbac.denied", "scope.not-enrolled", "scope.not-connected"],
  }),
  withdrawScope: defineRoute({
    method: "delete",
    path: "/v1/scopes/{scopeId}",
    tag: "scopes",
    summary:
      "Withdraw a subscription or account: nothing new is enabled or asked for there; lockdowns stay, grants end.",
    params: ofScope,
    query: none,
    success: { 204: { description: "Withdrawn, or was already." } },
    errors: ["rbac.missing-action", "rbac.denied", "scope.not-enrolled", "scope.not-connected"],
  }),
} as const satisfies Record<string, Route>;
