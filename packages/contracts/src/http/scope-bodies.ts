import { z } from "zod";
import { Instant } from "../values/instant.ts";
import { Principal } from "../values/principal.ts";
import { Cloud } from "../values/vm-ref.ts";

/** A connected scope, and whether it is enrolled. */
export const ScopeView = z.object({
  scope: z.string().describe("Azure subscription, or AWS <account>/<region>"),
  cloud: Cloud,
  status: z.enum(["Enrolled", "Withdrawn"]).describe("of what is withdrawn nothing is evaluated, and nothing enabled"),
  by: Principal.optional().describe("who decided so; absent while only the settings say it"),
  at: Instant.optional(),
});
export type ScopeView = z.input<typeof ScopeView>;

/** Every connected scope. */
export const ScopeList = z.object({ items: z.array(ScopeView) });
export type ScopeList = z.input<typeof ScopeList>;

/** Nothing is to be said about a scope but that it is enrolled. */
export const NewEnrolment = z.strictObject({});
