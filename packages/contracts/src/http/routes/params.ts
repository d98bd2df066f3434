import { z } from "zod";
import { ApiKeyId } from "../../values/api-key.ts";
import { ScopeText } from "../../values/enrolment.ts";
import { GrantId, RequestId } from "../../values/ids.ts";
import { vmOfKey } from "../../values/vm-ref.ts";
import type { VmRef } from "../../values/vm-ref.ts";
import { GrantStatus } from "../grant-bodies.ts";

// What is in the paths and queries of more than one route.

export const none = z.strictObject({});

const VmKey = z
  .string()
  .transform((key, context): VmRef => {
    const vm = vmOfKey(key);
    if (vm !== undefined) return vm;
    context.addIssue({ code: "custom", message: "expected the vmKey of a VM" });
    return z.NEVER;
  })
  .describe("vmKey of a VM, as every representation of it gives");
export const ofVm = z.strictObject({ vmKey: VmKey });
export const ofRequest = z.strictObject({ requestId: RequestId });
export const ofApiKey = z.strictObject({ apiKeyId: ApiKeyId });
export const ofScope = z.strictObject({
  scopeId: ScopeText.describe("Azure subscription id, or AWS <account>/<region> with its slash as %2F; in any case"),
});
export const ofGrant = z.strictObject({ grantId: GrantId });

/** Whose, of which VM, how far: for requests and for grants. */
export const listed = {
  vm: z
    .string()
    .max(2100)
    .optional()
    .describe("canonical id or vmKey of a VM; everything about it, for who may read its policy"),
  status: GrantStatus.optional(),
  principal: z.literal("me").optional().describe("only the caller's own, which is also what is answered without `vm`"),
};

export const listedRequests = {
  ...listed,
  approver: z
    .literal("me")
    .optional()
    .describe("what waits for the caller's yes, of whoever's: requests and extensions; for people only"),
};
