export * from "./aws-network.ts";
export type { RequestHandler } from "./clients.ts";
export * from "./function-transport.ts";
export * from "./settings.ts";
