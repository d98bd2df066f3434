export { neededActionsPage } from "./authorization/needed-actions-page.ts";
export { neededActions } from "./authorization/needed-actions.ts";
export type { NeededFor } from "./authorization/needed-actions.ts";
export { createAzureRoleAssignments } from "./authorization/azure-role-assignments.ts";
export type { AzureRoleAssignmentsDeps } from "./authorization/azure-role-assignments.ts";
export { createAzureNetwork } from "./azure-network.ts";
export type { AzureNetworkDeps } from "./azure-network.ts";
export type { AzureSettings } from "./settings.ts";
