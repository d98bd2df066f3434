export * from "./approval/hear-word.ts";
export * from "./grant/decide.ts";
export * from "./grant/index-keys.ts";
export * from "./grant/state.ts";
export * from "./grant/want.ts";
export * from "./lockdown/decide.ts";
export { holdsInverse, sameInverse } from "./lockdown/inverse.ts";
export * from "./lockdown/state.ts";
export * from "./lockdown/want.ts";
export * from "./network/address-set.ts";
export * from "./network/aws/model.ts";
export { MARK_TAG, VM_TAG, clonedFrom, isOwnName, ownObject, ownParts } from "./network/aws/names.ts";
export type * from "./network/aws/net.ts";
export { parseAwsRule } from "./network/aws/parse-permit.ts";
export * from "./network/aws/parse.ts";
export { permitText } from "./network/aws/permit.ts";
export type { AwsClosing } from "./network/aws/withdraw.ts";
export type { AwsLimits, AwsQuotas } from "./network/aws/quota.ts";
export * from "./network/aws/rule.ts";
export { idleObjects, netAround } from "./network/azure/around.ts";
export * from "./network/azure/bands.ts";
export * from "./network/azure/model.ts";
export { isCollection } from "./network/azure/net.ts";
export type {
  AzureNet,
  AzureRule,
  Firewall,
  FirewallCollection,
  FirewallRule,
  Nsg,
  NsgRule,
} from "./network/azure/net.ts";
export { saysTheSame } from "./network/azure/own-rules.ts";
export { parseRule as parseNsgRule } from "./network/azure/parse-nsg.ts";
export type { AdminRulesBody } from "./network/azure/parse-admin-rules.ts";
export type { ArmBodies } from "./network/azure/parse.ts";
export { parseAzureNet } from "./network/azure/parse.ts";
export { referencesIn } from "./network/azure/references.ts";
export * from "./network/check-plan.ts";
export { explain } from "./network/explain.ts";
export type { Knock, WayIn } from "./network/explain.ts";
export * from "./network/exposure.ts";
export * from "./network/forecast-lockdown.ts";
export * from "./network/mark.ts";
export * from "./network/model.ts";
export * from "./network/stretch.ts";
export * from "./network/want.ts";
export * from "./policy/can-enable.ts";
export * from "./policy/check-request.ts";
export * from "./rbac/actions.ts";
export * from "./rbac/condition.ts";
export * from "./rbac/evaluate.ts";
export * from "./rbac/known-action.ts";
export * from "./rbac/least-privilege.ts";
export * from "./rbac/match-action.ts";
export * from "./rbac/roles-granting.ts";
export * from "./rbac/built-in-roles.ts";
export * from "./rbac/roles.ts";
export * from "./rbac/scope.ts";
export * from "./recommendation/classify.ts";
export * from "./recommendation/exposing-rules.ts";
export * from "./recommendation/exposure-history.ts";
export * from "./recommendation/internet.ts";
export * from "./recommendation/open-door.ts";
export * from "./recommendation/tab.ts";
export * from "./recommendation/vm-facts.ts";
export * from "./step.ts";
