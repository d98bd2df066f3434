import { z } from "zod";
import { errorKinds } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";

const codes = Object.keys(errorKinds) as [ErrorCode, ...ErrorCode[]];

/** Why not, and what would be needed (G7). A value, never thrown. */
export const Refusal = z.object({
  code: z.enum(codes),
  /** A sentence that says what decides, and what to do. */
  detail: z.string().max(2000),
  /** The missing action, for a refusal by RBAC. */
  action: z.string().max(256).optional(),
  /** Built-in roles of Azure that hold the missing action, the one that gives least beside it first. */
  roles: z.array(z.string().max(128)).max(10).optional(),
  /** The resource, rule or firewall object that decides. */
  object: z.string().max(2048).optional(),
  /** The request's field that is wrong, as a JSON pointer. */
  field: z.string().max(256).optional(),
  /** What was expected there. */
  expected: z.string().max(500).optional(),
});
export type Refusal = z.infer<typeof Refusal>;

export const refusal = (code: ErrorCode, detail: string, more: Omit<Refusal, "code" | "detail"> = {}): Refusal => ({
  code,
  detail,
  ...more,
});
