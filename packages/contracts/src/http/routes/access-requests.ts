import { defineRoute } from "../route.ts";
import type { Route } from "../route.ts";
import { AccessRequestView, ApprovalBody, NewAccessRequest } from "../access-request-bodies.ts";
import { PageQuery } from "../page.ts";
import { AccessRequestPage } from "../pages.ts";
import { location, applied } from "./headers.ts";
import { none, ofRequest, listedRequests } from "./params.ts";

/** Asking for access, and the word of people on it. */
export const accessRequestRoutes = {
  createAccessRequest: defineRoute({
    method: "post",
    path: "/v1/access-requests",
    tag: "access requests",
    summary: "Ask for time-bound access to ports of one VM or several.",
    keyScopes: ["requests:write", "requests:on-behalf"],
    params: none,
    query: none,
    body: NewAccessRequest,
    idempotent: true,
    waits: true,
    success: {
      200: {
        description: "Decided while the call waited.",
        body: AccessRequestView,
        headers: { ...location, ...applied },
      },
      202: { description: "Accepted; the decision follows.", body: AccessRequestView, headers: location },
    },
    errors: [
      "auth.forbidden",
      "vm.unknown",
      "vm.ambiguous",
      "vm.gone",
      "scope.not-enrolled",
      "network.unsupported",
      "network.no-nsg",
      "policy.none",
      "policy.port-not-covered",
      "policy.source-not-covered",
      "policy.duration-too-long",
      "policy.duration-too-short",
      "policy.end-in-the-past",
    ],
  }),
  listAccessRequests: defineRoute({
    method: "get",
    path: "/v1/access-requests",
    tag: "access requests",
    summary:
      "List requests, newest first: the caller's own, those on one VM, or those that wait for the caller's approval.",
    keyScopes: ["requests:read"],
    params: none,
    query: PageQuery.extend(listedRequests),
    success: { 200: { description: "One page.", body: AccessRequestPage } },
    errors: ["request.not-found", "auth.forbidden"],
  }),
  getAccessRequest: defineRoute({
    method: "get",
    path: "/v1/access-requests/{requestId}",
    tag: "access requests",
    summary: "Show a request, its decision and its grants.",
    keyScopes: ["requests:read"],
    params: ofRequest,
    query: none,
    waits: true,
    success: { 200: { description: "The request.", body: AccessRequestView, headers: applied } },
    errors: [],
  }),
  approveAccessRequest: defineRoute({
    method: "post",
    path: "/v1/access-requests/{requestId}/approve",
    tag: "access requests",
    summary: "Approve a request that waits for approval; never one's own.",
    params: ofRequest,
    query: none,
    body: ApprovalBody,
    bodyOptional: true,
    idempotent: true,
    success: { 202: { description: "Taken down; the decision follows.", body: AccessRequestView } },
    errors: ["auth.forbidden", "rbac.missing-action", "rbac.denied", "request.conflict"],
  }),
  denyAccessRequest: defineRoute({
    method: "post",
    path: "/v1/access-requests/{requestId}/deny",
    tag: "access requests",
    summary: "Decline a request that waits for approval.",
    params: ofRequest,
    query: none,
    body: ApprovalBody,
    bodyOptional: true,
    idempotent: true,
    success: { 202: { description: "Taken down; the decision follows.", body: AccessRequestView } },
    errors: ["auth.forbidden", "rbac.missing-action", "rbac.denied", "request.conflict"],
  }),
} as const satisfies Record<string, Route>;
