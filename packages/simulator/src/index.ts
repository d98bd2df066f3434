export * from "./wire.ts";
export * from "./call.ts";
export * from "./simulator.ts";
export * from "./serve.ts";
export * from "./control/control.ts";
export * from "./worlds/worlds.ts";
export * from "./worlds/aws-roles.ts";
export { readAwsExport } from "./worlds/exported-aws.ts";
export type { ExportedFile } from "./worlds/exported-aws.ts";
export * from "./worlds/small-world.ts";
export * from "./worlds/walled-world.ts";
export * from "./world/documents.ts";
export * from "./world/faults.ts";
export * from "./world/usual-trouble.ts";
export * from "./world/outsiders.ts";
export * from "./world/reachability.ts";
export type { Flow } from "./world/flows.ts";
export type { Caller, Interval, Write } from "./world/history.ts";
export { createStandingClock } from "./world/standing-clock.ts";
export type { StandingClock } from "./world/standing-clock.ts";
export { GENEROUS_ARM_LIMITS, REAL_ARM_LIMITS } from "./arm/limits.ts";
export type { ArmLimits } from "./arm/limits.ts";
export type { Bucket } from "./world/token-buckets.ts";
export { DOCUMENTED_EC2_LIMITS } from "./ec2/limits.ts";
export type { Ec2Limits } from "./ec2/limits.ts";
export type { ArmTiming } from "./arm/plan.ts";
export {
  asg,
  asgId,
  firewall,
  firewallId,
  idIn,
  machine,
  nsg,
  nsgId,
  routeTable,
  subnetId,
  vnet,
} from "./worlds/azure-parts.ts";
export type {
  FirewallParts,
  InterfaceParts,
  MachineParts,
  Place,
  ShortAdminRule,
  ShortNatRule,
  ShortRule,
} from "./worlds/azure-parts.ts";
