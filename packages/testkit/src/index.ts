export * from "./arbitraries.ts";
export * from "./builders.ts";
export * from "./virtual-clock.ts";
