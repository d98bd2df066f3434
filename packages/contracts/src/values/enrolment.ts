import { z } from "zod";
import { ScopeId } from "./ids.ts";
import { Instant } from "./instant.ts";
import { Principal } from "./principal.ts";
import { Cloud } from "./vm-ref.ts";

/** A subscription or `<account>/<region>` in any case, as callers write it. */
export const ScopeText = z
  .string()
  .max(256)
  .transform((text) => text.toLowerCase())
  .pipe(
    z
      .string()
      .regex(
        /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{12}\/[a-z0-9-]{3,32})$/,
        "expected the id of an Azure subscription, or <account>/<region>",
      )
      .pipe(ScopeId),
  );

/**
 * What somebody has decided of a connected scope (S16, S30). A scope of which nobody has decided is enrolled because it is connected.
 * Only what is enrolled is evaluated, and only there JIT can be enabled and access be asked for.
 */
export const Enrolment = z.object({
  scope: ScopeId,
  cloud: Cloud,
  status: z.enum(["Enrolled", "Withdrawn"]),
  /** Counts the decisions about this scope: news that comes late is told from the newest. */
  version: z.int().positive(),
  by: Principal,
  at: Instant,
});
export type Enrolment = z.infer<typeof Enrolment>;
