import express from "express";
import type { Express } from "express";
import { createAzureJitApi } from "./azure-jit/azure-jit-api.ts";
import type { HandlerDeps } from "./deps.ts";
import { mountRoutes } from "./http/mount-routes.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { createHandlers } from "./routes/handlers.ts";

/** The HTTP API, not listening yet. */
export function createApp(deps: HandlerDeps): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag"); // ours are versions
  app.set("query parser", "simple");
  app.set("case sensitive routing", true);
  app.set("strict routing", true);
  app.use(securityHeaders);
  app.use(createAzureJitApi(deps));
  mountRoutes(app, createHandlers(deps), deps);
  return app;
}
