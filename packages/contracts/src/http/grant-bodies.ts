import { z } from "zod";
import { Principal } from "../values/principal.ts";
import { Cidr } from "../values/address.ts";
import { Approval } from "../values/approvals.ts";
import { CloudCalls, Receipt, SessionEffect, Way } from "../values/grant.ts";
import { Instant } from "../values/instant.ts";
import { Port, Protocol } from "../values/port.ts";
import { Refusal } from "../values/refusal.ts";
import { EndTime } from "./end-time.ts";
import { IsoDuration, IsoDurationText } from "./iso-duration.ts";

/** How far a grant has come, as far as its events tell. `Denied`, `Closed` and `Failed` are terminal. */
export const grantStatuses = [
  "Requested",
  "AwaitingApproval",
  "Approved",
  "Open",
  "Closing",
  "Closed",
  "Failed",
  "Denied",
] as const;
export const GrantStatus = z.enum(grantStatuses);
export type GrantStatus = z.infer<typeof GrantStatus>;

/** Whose yes a decision waits for, and which it has. */
export const ApprovalsView = z.object({
  needed: z.int().describe("how many different people have to say yes"),
  given: z.array(Approval).describe("who has, as far as it counts"),
  waitsUntil: Instant.describe("when it is refused if too few have"),
  approvers: z.string().optional().describe("the group whose members may; without it, who may write the policy"),
});
export type ApprovalsView = z.input<typeof ApprovalsView>;

/** One VM, some of its ports, the sources, one expiry. */
export const GrantView = z.object({
  id: z.string(),
  requestId: z.uuid(),
  status: GrantStatus,
  overdue: z.boolean().describe("past its end and not closed yet; it is being tried again, for ever"),
  vm: z.string(),
  vmKey: z.string(),
  vmName: z.string().optional(),
  principal: Principal,
  requestedBy: Principal.optional().describe("the service that asked for the principal"),
  ports: z.array(z.object({ port: Port, protocol: Protocol, sources: z.array(Cidr) })),
  duration: IsoDurationText,
  approvals: ApprovalsView.optional().describe("of the request, where the policy asks for any"),
  waitsUntil: Instant.optional().describe("when the request is refused if nobody has approved it"),
  notAfter: Instant.optional().describe("the latest end, fixed at approval"),
  openedAt: Instant.optional(),
  expiresAt: Instant.optional().describe("the end, fixed at opening"),
  ways: z.array(Way).describe("where to connect to, once it is open"),
  closing: SessionEffect.optional().describe(
    "what closing does to established connections (from the last survey until it is open)",
  ),
  reasons: z.array(Refusal).describe("why it was denied or failed, with what would be needed"),
  extension: z
    .object({
      status: z.enum(["Requested", "AwaitingApproval", "Approved", "Denied", "Extended"]),
      openUntil: Instant,
      id: z.string().optional().describe("while it awaits approval: what `extension` of an approval names"),
      approvals: ApprovalsView.optional(),
      reasons: z.array(Refusal),
    })
    .optional()
    .describe("the last extension asked for"),
  receipt: Receipt.optional(),
  cloudCalls: z
    .object({ opening: CloudCalls.optional(), closing: CloudCalls.optional() })
    .optional()
    .describe("what the tries that opened it and closed it have cost in calls of the cloud"),
});
export type GrantView = z.input<typeof GrantView>;

/** More time for a running grant. Exactly one: `duration` is added to its end, `endTime` is the new end. */
export const ExtensionBody = z
  .strictObject({ duration: IsoDuration.optional(), endTime: EndTime.optional() })
  .refine((body) => (body.duration === undefined) !== (body.endTime === undefined), {
    path: ["duration"],
    message: "expected exactly one of duration and endTime",
  });
export type ExtensionBody = z.infer<typeof ExtensionBody>;
