export { createAwsEnforcer } from "./create-aws-enforcer.ts";
export type { AwsEnforcerDeps } from "./create-aws-enforcer.ts";
export { settings } from "./config.ts";
