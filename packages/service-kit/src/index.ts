export * from "./create-logger.ts";
export * from "./ids.ts";
export * from "./prometheus-metrics.ts";
export * from "./read-config.ts";
export * from "./run-service.ts";
export * from "./serve-health.ts";
export * from "./setting-schemas.ts";
