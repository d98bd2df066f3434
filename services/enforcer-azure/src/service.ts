export { createAzureEnforcer } from "./create-azure-enforcer.ts";
export type { AzureEnforcerDeps } from "./create-azure-enforcer.ts";
export { settings } from "./config.ts";
