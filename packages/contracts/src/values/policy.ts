import { z } from "zod";
import { ANY_SOURCE } from "./address.ts";
import { MOST_APPROVALS } from "./approvals.ts";
import { GroupId } from "./ids.ts";
import { Instant } from "./instant.ts";
import { Port, Protocol } from "./port.ts";
import { Seconds } from "./seconds.ts";
import { Sources } from "./sources.ts";
import { VmRef } from "./vm-ref.ts";

/** One door that the policy keeps closed, and how it may be opened. */
export const PortRule = z.object({
  port: Port,
  protocol: Protocol.default("tcp"),
  /** A request's sources must lie within these. */
  allowedSources: Sources.default(ANY_SOURCE),
  /** The longest grant, in whole seconds; the deployment's own limit applies as well. */
  maxDuration: Seconds,
});
export type PortRule = z.infer<typeof PortRule>;

/** What differs between clouds in how a lockdown treats what it finds; each value is documented in docs/how-to.md. */
export const LockdownOptions = z.object({
  /** `strict`: our deny goes before existing rules on the ports, where a free priority exists. `seed`: after them (S12). */
  precedence: z.enum(["seed", "strict"]).default("seed"),
  /** AWS: what to do with a group that other interfaces share (P18). */
  sharedGroups: z.enum(["refuse", "clone", "revoke"]).default("refuse"),
});
export type LockdownOptions = z.infer<typeof LockdownOptions>;

/** A name as Azure's JIT API has it; the VMs of one group, region and name are one policy there. Compared in any case. */
export const PolicyName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/, "expected 1 to 80 letters, digits and _ . -")
  .brand<"PolicyName">();
export type PolicyName = z.infer<typeof PolicyName>;

/** Who has to agree before a door opens, and for how long a request waits for them. */
export const ApprovalRule = z.object({
  required: z.boolean(),
  waitAtMost: Seconds,
  /** How many different people have to say yes. */
  needed: z.int().min(1).max(MOST_APPROVALS).default(1),
  /** The group whose members approve, groups in groups included. Without it: whoever may write the policy. */
  approvers: GroupId.optional(),
  /** Whether the requester's own yes counts as one of them. */
  selfApproval: z.boolean().default(false),
});
export type ApprovalRule = z.infer<typeof ApprovalRule>;

/** A JIT policy: which ports of one VM are closed, and who may open them from where and for how long. */
export const JitPolicy = z.object({
  vm: VmRef,
  /** Under which Azure's JIT API shows it, unless that is `default`. */
  name: PolicyName.optional(),
  ports: z
    .array(PortRule)
    .min(1)
    .max(32)
    .refine((rules) => new Set(rules.map((rule) => `${rule.port}/${rule.protocol}`)).size === rules.length, {
      message: "each port and protocol once",
    }),
  /** Whether people have to approve each request and each extension. */
  approval: ApprovalRule.default({
    required: false,
    waitAtMost: 3600 as Seconds,
    needed: 1,
    selfApproval: false,
  }),
  lockdown: LockdownOptions.default({ precedence: "seed", sharedGroups: "refuse" }),
  /** Counts the writes of this policy; part of its ETag. */
  version: z.int().positive(),
  updatedAt: Instant,
});
export type JitPolicy = z.infer<typeof JitPolicy>;
