import { z } from "zod";
import { LockdownPlanView } from "./lockdown-plan.ts";
import { PolicyBody } from "./policy-bodies.ts";
import { Problem } from "./problem.ts";
import { VmFilter } from "./vm-bodies.ts";

/** How many VMs one call may enable. */
export const MOST_AT_ONCE = 200;

/** One policy for many VMs: those that are named, or those that a filter finds now. */
export const NewPolicies = z
  .strictObject({
    vms: z
      .array(z.string().min(1).max(2100))
      .min(1)
      .max(MOST_AT_ONCE)
      .optional()
      .describe("each by its canonical id, vmKey, or unique name"),
    filter: z
      .strictObject(VmFilter)
      .refine((filter) => Object.keys(filter).length > 0, { message: "expected at least one condition" })
      .optional()
      .describe(`as for the list of VMs; at most ${MOST_AT_ONCE} may match`),
    policy: PolicyBody,
  })
  .refine(({ vms, filter }) => (vms === undefined) !== (filter === undefined), {
    message: "expected exactly one of vms and filter",
  });
export type NewPolicies = z.infer<typeof NewPolicies>;

/** What became of one VM, or would. */
export const PolicyOutcome = z.object({
  vm: z.string().describe("canonical id; of a VM that was not found, as it was named"),
  vmKey: z.string().optional(),
  name: z.string().optional(),
  result: z.enum(["Created", "Unchanged", "Refused"]),
  version: z.int().optional().describe("of the policy that stands"),
  problem: Problem.optional().describe("why it was refused, as the VM's own page would have said"),
  plan: LockdownPlanView.optional().describe("only for a dry run; absent while the network has not been surveyed"),
});
export type PolicyOutcome = z.input<typeof PolicyOutcome>;

export const PoliciesView = z.object({
  dryRun: z.boolean(),
  created: z.int(),
  unchanged: z.int(),
  refused: z.int(),
  items: z.array(PolicyOutcome).describe("in the order in which the VMs were named or found"),
});
export type PoliciesView = z.input<typeof PoliciesView>;
