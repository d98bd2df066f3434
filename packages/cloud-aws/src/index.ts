export * from "./aws-network.ts";
export type { RequestHandler } from "./clients.ts";
export * from "./function-transport.ts";
export { permissionsPage } from "./permissions-page.ts";
export * from "./role-policy.ts";
export * from "./role-terraform.ts";
export * from "./settings.ts";
