import { z } from "zod";
import { PrincipalId } from "../values/ids.ts";
import { Refusal } from "../values/refusal.ts";
import { VmRef } from "../values/vm-ref.ts";

/** What somebody may want to do with a VM. */
export const AccessTask = z.enum([
  "configure-policy",
  "remove-policy",
  "request-access",
  "read-policy",
  "read-vm",
  "approve",
  "revoke-any",
]);
export type AccessTask = z.infer<typeof AccessTask>;

/** Which question to answer. */
export const AccessCheckQuery = z.strictObject({
  vm: z.string().min(1).max(2100).describe("canonical id, vmKey or unique name of a VM that the caller may read"),
  task: AccessTask,
  principal: PrincipalId.optional().describe(
    "somebody else, whom only who may write the VM's policy may ask about; the caller, when absent",
  ),
});

/** May they, and if not, what is missing. */
export const AccessCheck = z.object({
  vm: VmRef,
  task: AccessTask,
  principal: PrincipalId,
  allowed: z.boolean(),
  missing: z
    .array(Refusal)
    .describe("each missing action with the resource it is missing on, and the roles that hold it"),
  leastRole: z
    .object({
      actions: z.array(z.string()).describe("what a custom role has to hold, and no more"),
      scopes: z.array(z.string()).describe("where it has to be assigned: there, or above"),
    })
    .optional()
    .describe("absent when nothing is missing that a role would give"),
});
export type AccessCheck = z.input<typeof AccessCheck>;
