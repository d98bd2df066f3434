export * from "./enforcer-parts.ts";
export * from "./enforcer.ts";
export * from "./signer.ts";
export * from "./tables.ts";
