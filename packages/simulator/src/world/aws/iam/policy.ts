import { z } from "zod";
import { isOperator } from "./condition.ts";

const Scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const oneOrMany = <T>(one: z.ZodType<T>) => z.union([one.transform((value) => [value]), z.array(one)]);
const Texts = oneOrMany(z.string());

const Principal = z
  .union([z.literal("*").transform(() => ({ AWS: ["*"] })), z.record(z.string(), Texts)])
  .transform((principal): readonly string[] => principal["AWS"] ?? []);

const Statement = z
  .strictObject({
    Sid: z.string().optional(),
    Effect: z.enum(["Allow", "Deny"]),
    Action: Texts.optional(),
    NotAction: Texts.optional(),
    Resource: Texts.optional(),
    NotResource: Texts.optional(),
    /** AWS principals; of a trust policy only. */
    Principal: Principal.optional(),
    Condition: z
      .record(
        z.string().refine(isOperator, { error: "is no condition operator that the simulator knows" }),
        z.record(z.string(), oneOrMany(Scalar)),
      )
      .default({}),
  })
  .refine(({ Action, NotAction }) => Action === undefined || NotAction === undefined, {
    error: "has both Action and NotAction",
  });

/** A policy document as IAM takes it. Strict: what would not be enforced is refused. */
export const PolicyDocument = z.strictObject({
  Version: z.enum(["2012-10-17", "2008-10-17"]).default("2008-10-17"),
  Id: z.string().optional(),
  Statement: oneOrMany(Statement),
});
export type PolicyDocument = z.infer<typeof PolicyDocument>;
export type Statement = PolicyDocument["Statement"][number];
