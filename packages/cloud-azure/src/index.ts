export { createAzureNetwork } from "./azure-network.ts";
export type { AzureNetworkDeps } from "./azure-network.ts";
export type { AzureSettings } from "./settings.ts";
