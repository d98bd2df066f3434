import { z } from "zod";
import { Cidr } from "../values/address.ts";
import { Instant } from "../values/instant.ts";
import { GroupId } from "../values/ids.ts";
import { ApprovalRule, LockdownOptions } from "../values/policy.ts";
import { Port, Protocol } from "../values/port.ts";
import { Sources } from "../values/sources.ts";
import { IsoDuration, IsoDurationText } from "./iso-duration.ts";

/** What a rule allows at most when it does not say: three hours, as Defender proposes. */
const DEFAULT_MAX_DURATION = "PT3H";
/** How long a request waits for a person when the policy does not say. */
const DEFAULT_WAIT = "PT1H";

const PortRuleBody = z.strictObject({
  port: Port,
  protocol: Protocol.default("tcp"),
  allowedSources: Sources.prefault("*"),
  maxDuration: IsoDuration.prefault(DEFAULT_MAX_DURATION),
});

const ports = z
  .array(PortRuleBody)
  .min(1)
  .max(32)
  .refine((rules) => new Set(rules.map((rule) => `${rule.port}/${rule.protocol}`)).size === rules.length, {
    message: "expected each port and protocol once",
  });

/** A JIT policy as it is written. Unknown fields are refused: a misspelt limit must not be no limit. */
export const PolicyBody = z.strictObject({
  ports,
  approval: z
    .strictObject({
      required: z.boolean(),
      waitAtMost: IsoDuration.prefault(DEFAULT_WAIT),
      needed: ApprovalRule.shape.needed.describe("how many different people have to say yes"),
      approvers: GroupId.optional().describe(
        "the group whose members approve, groups in groups included; without it, whoever may write the policy",
      ),
      selfApproval: ApprovalRule.shape.selfApproval.describe("whether the requester's own yes counts"),
    })
    .prefault({ required: false }),
  lockdown: z.strictObject(LockdownOptions.shape).prefault({}).describe("how the lockdown treats what it finds"),
});
export type PolicyBody = z.infer<typeof PolicyBody>;

/** A change of a policy: JSON Merge Patch (RFC 7396). `ports` is replaced as a whole; `null` resets a part to its default. */
export const PolicyPatch = z.strictObject({
  ports: z.array(z.unknown()).min(1).max(32).optional().describe("as in the policy; replaces all rules"),
  approval: z
    .strictObject({
      required: z.unknown(),
      waitAtMost: z.unknown(),
      needed: z.unknown(),
      approvers: z.unknown(),
      selfApproval: z.unknown(),
    })
    .partial()
    .nullish(),
  lockdown: z.strictObject({ precedence: z.unknown(), sharedGroups: z.unknown() }).partial().nullish(),
});
export type PolicyPatch = z.infer<typeof PolicyPatch>;

/** A JIT policy as it is answered; what is answered can be sent back, without `vm`, `vmKey`, `version` and `updatedAt`. */
export const PolicyView = z.object({
  vm: z.string(),
  vmKey: z.string(),
  ports: z.array(
    z.object({ port: Port, protocol: Protocol, allowedSources: z.array(Cidr), maxDuration: IsoDurationText }),
  ),
  approval: z.object({
    required: z.boolean(),
    waitAtMost: IsoDurationText,
    needed: z.int(),
    approvers: z.string().optional(),
    selfApproval: z.boolean(),
  }),
  lockdown: LockdownOptions,
  version: z.int().describe("the ETag, without its quotes"),
  updatedAt: Instant,
});
export type PolicyView = z.input<typeof PolicyView>;
