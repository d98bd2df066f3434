import { z } from "zod";
import { Finding } from "../values/finding.ts";
import { SessionEffect } from "../values/grant.ts";
import { Instant } from "../values/instant.ts";
import { Shadow } from "../values/lockdown.ts";
import { PortSpec } from "../values/port.ts";
import { Refusal } from "../values/refusal.ts";
import { Cloud } from "../values/vm-ref.ts";
import { GrantView } from "./grant-bodies.ts";
import { IsoDurationText } from "./iso-duration.ts";
import { LockdownPlanView } from "./lockdown-plan.ts";
import { PolicyView } from "./policy-bodies.ts";

/** How far a VM's lockdown has come, as far as its events tell. */
export const LockdownStatus = z.enum(["Locking", "Locked", "NotEffective", "Failed", "Unlocking", "Unlocked"]);
export type LockdownStatus = z.infer<typeof LockdownStatus>;

export const LockdownView = z.object({
  status: LockdownStatus,
  ports: z.array(PortSpec),
  shadows: z.array(Shadow).describe("rules that keep it from being effective"),
  reasons: z.array(Refusal).describe("why it failed"),
  at: Instant,
});
export type LockdownView = z.input<typeof LockdownView>;

/** The tabs of the fleet's page: has a policy; could have one; nothing that JIT could close, or not to be closed now. */
export const Tab = z.enum(["Configured", "NotConfigured", "Unsupported"]);
export type Tab = z.infer<typeof Tab>;

/** A finding, and how fresh it is. */
export const FindingView = Finding.extend({
  asOf: Instant.describe("when the VM was last looked at, or its scope last read to the end"),
  stale: z.boolean().describe("the last scan of its scope broke off, or is overdue"),
});

const vmFields = {
  vmKey: z.string(),
  vm: z.string().describe("canonical id"),
  name: z.string().describe("as the cloud spells it"),
  cloud: Cloud,
  scope: z.string().describe("Azure subscription, or AWS <account>/<region>"),
  location: z.string(),
  osType: z.enum(["linux", "windows", "unknown"]),
  power: z.enum(["running", "stopped", "unknown"]),
  tab: Tab.optional().describe("absent while the VM is not evaluated"),
  finding: FindingView,
  lockdown: LockdownView.optional(),
  surveyedAt: Instant.describe("when the facts were read from the cloud"),
};

/** A VM in the fleet's list. */
export const VmSummary = z.object({ ...vmFields, finding: FindingView.omit({ evidence: true, warnings: true }) });
export type VmSummary = z.input<typeof VmSummary>;

/** What would make a lockdown effective that a foreign rule comes before (P1): to be read first, then sent as a patch of the policy. */
export const RemedyView = z.object({
  patch: z.object({ lockdown: z.object({ precedence: z.literal("strict") }) }).describe("for PATCH of the VM's policy"),
  plan: LockdownPlanView.describe("what that would write; refused where no priority before the rule is free"),
});
export type RemedyView = z.input<typeof RemedyView>;

/** A VM with everything there is to say; its policy and grants for who may read its JIT policy. */
export const VmView = z.object({
  ...vmFields,
  publicAddresses: z.array(z.string()),
  openingTime: IsoDurationText.describe("the usual time until a grant is in force"),
  closing: SessionEffect,
  policy: PolicyView.optional(),
  remedy: RemedyView.optional().describe("where the lockdown is not effective and our deny could come first"),
  grants: z.array(GrantView).optional().describe("the newest ones"),
});
export type VmView = z.input<typeof VmView>;

/** Which VMs to list, or to count. */
export const VmFilter = {
  status: Finding.shape.status.optional(),
  tab: Tab.optional(),
  severity: Finding.shape.severity,
  cloud: Cloud.optional(),
  scope: z.string().min(1).max(256).optional().describe("Azure subscription, or AWS <account>/<region>, in any case"),
  location: z.string().min(1).max(64).optional().describe("region, in any case"),
  name: z.string().min(1).max(256).optional().describe("part of the name, in any case"),
  text: z.string().min(1).max(256).optional().describe("part of the name or the id, in any case"),
};
