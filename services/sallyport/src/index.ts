export * from "./system.ts";
export * from "./start-cluster.ts";
