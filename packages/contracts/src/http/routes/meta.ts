import { defineRoute } from "../route.ts";
import type { Route } from "../route.ts";
import { AccessCheck, AccessCheckQuery } from "../access-check.ts";
import { Me } from "../me.ts";
import { none } from "./params.ts";

/** Who the caller is, what they may, and this document. */
export const metaRoutes = {
  checkAccess: defineRoute({
    method: "get",
    path: "/v1/access-check",
    tag: "meta",
    summary: "Say whether the caller, or somebody else, may do something with a VM, and what is missing.",
    params: none,
    query: AccessCheckQuery,
    success: {
      200: { description: "Allowed, or every missing action with its resource and roles.", body: AccessCheck },
    },
    errors: ["vm.unknown", "vm.ambiguous", "vm.gone", "scope.not-enrolled", "rbac.missing-action", "rbac.denied"],
  }),
  getMe: defineRoute({
    method: "get",
    path: "/v1/me",
    tag: "meta",
    summary: "Show who the caller is.",
    keyScopes: "any",
    params: none,
    query: none,
    success: { 200: { description: "The caller.", body: Me } },
    errors: [],
  }),
  getOpenApi: defineRoute({
    method: "get",
    path: "/openapi.json",
    tag: "meta",
    summary: "This document.",
    public: true,
    params: none,
    query: none,
    success: { 200: { description: "OpenAPI 3.1." } },
    errors: [],
  }),
} as const satisfies Record<string, Route>;
