export * from "./file-role-assignments.ts";
export * from "./may.ts";
export * from "./permissions-page.ts";
export { readDenyAssignment, readRoleAssignment, readRoleDefinition } from "./read-arm-roles.ts";
export type { ReadAssignment, ReadDeny } from "./read-arm-roles.ts";
export * from "./read-role-file.ts";
export * from "./role-assignments.ts";
export * from "./role-file.ts";
