import { z } from "zod";
import { ObjectId, ScopeId } from "./ids.ts";
import { Instant } from "./instant.ts";
import { SessionEffect } from "./grant.ts";
import { Cloud, VmRef } from "./vm-ref.ts";
import { Seconds } from "./seconds.ts";

/** Why a VM is where it is in the recommendation; stable codes (seed.md §8). */
export const ReasonCode = z.enum([
  "NOT_ENROLLED",
  "POLICY_DISABLED",
  "CLASSIC",
  "STOPPED",
  "JIT_ENABLED",
  "FIREWALL_POLICY_UNSUPPORTED",
  "NO_NSG_OR_FIREWALL",
  "NO_PUBLIC_IP",
  "NSG_BLOCKS",
  "NSG_ALLOWS",
]);
export type ReasonCode = z.infer<typeof ReasonCode>;

/** What decided a branch: the rule, the network object, the address. */
export const Evidence = z.object({
  kind: z.enum(["rule", "nsg", "security-group", "firewall", "interface", "public-address", "power", "policy", "note"]),
  object: z.string().max(2048),
  detail: z.string().max(1000),
});
export type Evidence = z.infer<typeof Evidence>;

/** The result of the recommendation for one VM (S27–S29). */
export const Finding = z.object({
  status: z.enum(["Healthy", "Unhealthy", "NotApplicable", "NotEvaluated"]),
  severity: z.enum(["High", "Critical"]).optional(),
  reasonCode: ReasonCode,
  /** The sentence that the portal shows. */
  reason: z.string().max(500),
  evidence: z.array(Evidence).max(200),
  warnings: z.array(z.string().max(500)).max(20),
});
export type Finding = z.infer<typeof Finding>;

/** What other rooms need to know of a VM, from the last survey. */
export const VmProfile = z.object({
  vm: VmRef,
  cloud: Cloud,
  scope: ScopeId,
  name: z.string().max(256),
  location: z.string().max(64),
  osType: z.enum(["linux", "windows", "unknown"]),
  power: z.enum(["running", "stopped", "unknown"]),
  /** Resource ids that RBAC asks about (rbac.md §2). */
  interfaces: z.array(ObjectId).max(64),
  publicAddresses: z.array(z.object({ id: ObjectId, address: z.string().max(64).optional() })).max(64),
  /** Where its packets go to, each interface and family; a new one is followed at once (P8). */
  privateAddresses: z.array(z.string().max(64)).max(256).optional(),
  /** The usual time until a rule is in force on this VM's path; announced, and part of `notAfter` (settled.md §2). */
  openingTime: Seconds,
  closing: SessionEffect,
  surveyedAt: Instant,
});
export type VmProfile = z.infer<typeof VmProfile>;
