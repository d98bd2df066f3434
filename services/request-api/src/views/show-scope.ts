import type { Cloud, Enrolment, ScopeId, ScopeView } from "@sallyport/contracts";

/** What is no account's region is a subscription. */
export const cloudOfScope = (scope: ScopeId): Cloud => (scope.includes("/") ? "aws" : "azure");

/** A connected scope; without a decision about it, it is enrolled because the settings say so. */
export const showScope = (scope: ScopeId, decided: Enrolment | undefined): ScopeView => ({
  scope,
  cloud: cloudOfScope(scope),
  status: decided?.status ?? "Enrolled",
  ...(decided === undefined ? {} : { by: decided.by, at: decided.at }),
});
