import { defineTable } from "@sallyport/backbone";
import { Instant, JitPolicy, Principal, VmRef } from "@sallyport/contracts";
import { z } from "zod";

/**
 * The JIT policy of a VM, of which this service is the only writer. The row stays when the policy is removed, so that versions go
 * on counting: an ETag never comes back for something else.
 */
export const PolicyRow = z.object({
  vm: VmRef,
  version: z.int().positive(),
  policy: JitPolicy.optional(),
  by: Principal,
  at: Instant,
});
export type PolicyRow = z.infer<typeof PolicyRow>;

export const policiesTable = defineTable<PolicyRow>({
  name: "request-api.policies",
  schema: PolicyRow,
  indexes: { vm: ({ vm, policy }) => (policy === undefined ? undefined : vm) },
  expiresAfter: () => undefined,
});
