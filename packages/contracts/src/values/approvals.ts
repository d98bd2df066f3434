import { z } from "zod";
import { EventId, GroupId } from "./ids.ts";
import { Instant } from "./instant.ts";
import { Principal } from "./principal.ts";

/** As many approvals as a policy may ask for. */
export const MOST_APPROVALS = 10;

/** Somebody's yes that counts, so far: whether it still does is asked again when the last one is there. */
export const Approval = z.object({ by: Principal, at: Instant });
export type Approval = z.infer<typeof Approval>;

/** How many yeses a decision waits for, from whom, and which it has. */
export const ApprovalProgress = z.object({
  needed: z.int().min(1).max(MOST_APPROVALS).default(1),
  /** The group whose members may approve; without it, whoever may write the policy. */
  approvers: GroupId.optional(),
  given: z.array(Approval).max(MOST_APPROVALS).default([]),
});
export type ApprovalProgress = z.infer<typeof ApprovalProgress>;

/** An extension that waits, named by the event that asked for it: a yes to the request itself never counts for it. */
export const WaitingExtension = z.object({ id: EventId, openUntil: Instant });
export type WaitingExtension = z.infer<typeof WaitingExtension>;
