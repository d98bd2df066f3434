export * from "./call-bill.ts";
export * from "./capabilities.ts";
export * from "./cloud-network.ts";
export * from "./count-calls.ts";
export * from "./plain-http.ts";
export * from "./shared-looks.ts";
