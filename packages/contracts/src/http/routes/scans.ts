import { defineRoute } from "../route.ts";
import type { Route } from "../route.ts";
import { z } from "zod";
import { ScanId } from "../../values/scan.ts";
import { PageQuery } from "../page.ts";
import { NewScan, ScanView } from "../scan-bodies.ts";
import { ScanPage } from "../pages.ts";
import { none } from "./params.ts";

/** Reading the clouds, and how far it has come. */
export const scanRoutes = {
  listScans: defineRoute({
    method: "get",
    path: "/v1/scans",
    tag: "scans",
    summary: "Show the newest scan of each scope with a VM that the caller may read; with `scope`, its last ones.",
    keyScopes: ["vms:read"],
    params: none,
    query: PageQuery.extend({ scope: NewScan.shape.scope.optional() }),
    success: { 200: { description: "One page.", body: ScanPage } },
    errors: [],
  }),
  getScan: defineRoute({
    method: "get",
    path: "/v1/scans/{scanId}",
    tag: "scans",
    summary: "Show how far a scan has come.",
    keyScopes: ["vms:read"],
    params: z.strictObject({ scanId: ScanId }),
    query: none,
    success: { 200: { description: "The scan.", body: ScanView } },
    errors: [],
  }),
  createScan: defineRoute({
    method: "post",
    path: "/v1/scans",
    tag: "scans",
    summary: "Scan a scope at once; for who may configure JIT on a VM of it.",
    params: none,
    query: none,
    body: NewScan,
    idempotent: true,
    success: {
      202: { description: "Taken down; the scan follows.", body: ScanView, headers: { Location: "the scan" } },
    },
    errors: ["request.not-found", "rbac.missing-action", "rbac.denied", "scope.not-enrolled"],
  }),
} as const satisfies Record<string, Route>;
