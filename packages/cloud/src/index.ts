export * from "./capabilities.ts";
export * from "./cloud-network.ts";
export * from "./count-calls.ts";
