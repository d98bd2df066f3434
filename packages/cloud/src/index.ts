export * from "./capabilities.ts";
export * from "./cloud-network.ts";
