import { z } from "zod";
import { errorKinds } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";

const codes = Object.keys(errorKinds) as [ErrorCode, ...ErrorCode[]];

/** One reason among several. */
export const ProblemDetail = z.object({
  code: z.enum(codes),
  field: z
    .string()
    .optional()
    .describe("JSON pointer into the body, or the name of the query parameter or header that is wrong"),
  expected: z.string().optional().describe("what would be accepted there"),
  detail: z.string().describe("what decides, and what to do"),
  action: z.string().optional().describe("the missing action"),
  object: z.string().optional().describe("the resource, rule or firewall object that decides"),
});
export type ProblemDetail = z.infer<typeof ProblemDetail>;

/** Every error of the API: RFC 9457, with every reason (G7). */
export const Problem = z.object({
  type: z.string().describe("urn:sallyport:problem:<code>"),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string().describe("the path that was called"),
  code: z.enum(codes),
  errors: z.array(ProblemDetail),
  request_id: z.string(),
});
export type Problem = z.infer<typeof Problem>;

/** The stable URI of a code. */
export const problemTypeOf = (code: ErrorCode): string => `urn:sallyport:problem:${code}`;
