import { z } from "zod";
import { SessionEffect } from "../values/grant.ts";
import { Instant } from "../values/instant.ts";
import { Refusal } from "../values/refusal.ts";

/** What the lockdown would do, by the last survey. */
export const LockdownPlanView = z.object({
  asOf: Instant.describe("when the network was surveyed"),
  changes: z
    .array(
      z.object({
        object: z.string().describe("what would be written to"),
        verb: z.enum(["put", "delete", "attach", "detach"]),
        rule: z.string(),
        priority: z.int().optional(),
      }),
    )
    .describe("in the order in which they would be written; empty when the ports are closed already"),
  warnings: z.array(
    z.object({
      code: z.enum(["not-effective", "shared-group"]),
      detail: z.string(),
      object: z.string().describe("the rule that decides, or the VM that is affected"),
    }),
  ),
  refusals: z.array(Refusal).describe("why the lockdown would fail"),
  sessions: SessionEffect.describe("what becomes of connections that are established"),
});
export type LockdownPlanView = z.input<typeof LockdownPlanView>;
