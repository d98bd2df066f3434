export * from "./clock.ts";
export * from "./event-bus.ts";
export * from "./ledger.ts";
export * from "./ports.ts";
export * from "./records.ts";
export * from "./system-clock.ts";
export * from "./telemetry.ts";
export * from "./work-queue.ts";
