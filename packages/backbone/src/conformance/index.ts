export type { Durable } from "./durable.ts";
export { describeEventBus } from "./event-bus.conformance.ts";
export type { DurableEventBus } from "./event-bus.conformance.ts";
export { describeRecords } from "./records.conformance.ts";
export { describeWorkQueue } from "./work-queue.conformance.ts";
