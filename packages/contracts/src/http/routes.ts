import { accessRequestRoutes } from "./routes/access-requests.ts";
import { apiKeyRoutes } from "./routes/api-keys.ts";
import { grantRoutes } from "./routes/grants.ts";
import { metaRoutes } from "./routes/meta.ts";
import { policyRoutes } from "./routes/policies.ts";
import { scanRoutes } from "./routes/scans.ts";
import { scopeRoutes } from "./routes/scopes.ts";
import { vmRoutes } from "./routes/vms.ts";
import type { Route } from "./route.ts";

/** The HTTP API, as a table. */
export const routes = {
  ...vmRoutes,
  ...scanRoutes,
  ...policyRoutes,
  ...accessRequestRoutes,
  ...grantRoutes,
  ...apiKeyRoutes,
  ...scopeRoutes,
  ...metaRoutes,
} as const satisfies Record<string, Route>;

export type Routes = typeof routes;
export type RouteId = keyof Routes;
