export * from "./system.ts";
export * from "./start-cluster.ts";
export * from "./start-embedded.ts";
