export * from "./file-role-assignments.ts";
export * from "./may.ts";
export * from "./read-role-file.ts";
export * from "./role-assignments.ts";
export * from "./role-file.ts";
