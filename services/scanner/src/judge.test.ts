import type { ObjectId } from "@sallyport/contracts";
import { aPolicy, aProfile } from "@sallyport/testkit";
import { judge } from "./judge.ts";
import type { Standing } from "./tables.ts";

const { surveyedAt: _, ...profile } = aProfile();
const facts = { profile, generation: "current" as const, guards: ["nsg" as ObjectId], exposedBy: [] };
const settings = { isEnrolled: true, disabledScopes: [] };
const policy = aPolicy({ ports: [{ port: 22, allowedSources: ["10.0.0.0/8"], maxDuration: 3600 }] });
const locked = (...ports: readonly number[]): Standing["lockdown"] => ({
  ports: policy.ports.flatMap(({ port, protocol }) => (ports.includes(port) ? [{ port, protocol }] : [])),
  outcome: { kind: "locked" },
});
const warnings = (standing: Standing) => judge({ facts, exposure: [] }, standing, settings).warnings;

describe("judging a VM under a policy", () => {
  it("warns until every port of the policy is closed", () => {
    const pending = [expect.stringContaining("not closed yet")];
    expect(warnings({ policyVersion: 1, policy })).toEqual(pending);
    expect(warnings({ policyVersion: 1, policy, lockdown: { ports: [], outcome: { kind: "locked" } } })).toEqual(
      pending,
    );
    const lockdown = locked(22);
    expect(warnings({ policyVersion: 1, policy, ...(lockdown && { lockdown }) })).toEqual([]);
  });

  it("switches the recommendation off for the scopes that the deployment names, on either cloud", () => {
    const at = (disabledScopes: readonly string[], seen = facts) =>
      judge({ facts: seen, exposure: [] }, undefined, { ...settings, disabledScopes }).reasonCode;
    expect(at(["/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourceGroups/rg"])).not.toBe("POLICY_DISABLED");
    expect(at(["/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001"])).toBe("POLICY_DISABLED");
    expect(at(["6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001"])).toBe("POLICY_DISABLED");
  });

  it("evaluates nothing in a scope that is not enrolled", () =>
    expect(judge({ facts, exposure: [] }, undefined, { ...settings, isEnrolled: false }).status).toBe("NotEvaluated"));
});
