import { z } from "zod";

/** A whole number in text, within bounds. */
export const integer = (least: number, most: number): z.ZodType<number> =>
  z.coerce.number().pipe(z.int().min(least).max(most));

/** `true` or `false`, spelled out. */
export const flag = (byDefault: boolean): z.ZodType<boolean> =>
  z
    .enum(["true", "false"])
    .default(byDefault ? "true" : "false")
    .transform((text) => text === "true");

/** Comma-separated items, trimmed, none empty. */
export const list = (least = 1): z.ZodType<readonly string[]> =>
  z
    .string()
    .transform((text) =>
      text
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== ""),
    )
    .refine((items) => items.length >= least, { message: `expected at least ${least} item(s), separated by commas` });

/** A JSON document in text, of the given form. */
export const json = <Schema extends z.ZodType>(schema: Schema): z.ZodType<z.infer<Schema>> =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: "custom", message: "expected JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema) as z.ZodType<z.infer<Schema>>;
