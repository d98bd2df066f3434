import type { Finding, Tab } from "@sallyport/contracts";

/**
 * The tab of the fleet's page that a VM is under: what can be done with it, where the status says what should be. A policy decides
 * first, also of a VM that is stopped; a VM that is not evaluated is under none.
 */
export function tabOf(
  { status, reasonCode }: Pick<Finding, "status" | "reasonCode">,
  hasPolicy: boolean,
): Tab | undefined {
  if (status === "NotEvaluated") return undefined;
  if (hasPolicy || reasonCode === "JIT_ENABLED") return "Configured";
  return status === "NotApplicable" ? "Unsupported" : "NotConfigured";
}
