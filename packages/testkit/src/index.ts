export * from "./a-backbone.ts";
export * from "./arbitraries.ts";
export * from "./builders.ts";
export * from "./faults.ts";
export * from "./mortal.ts";
export * from "./seeded-random.ts";
export * from "./virtual-clock.ts";
