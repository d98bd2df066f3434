import { z } from "zod";
import { parseIsoDuration } from "../values/seconds.ts";

/** A length of time as HTTP takes it (settled.md §2). Read into whole seconds. */
export const IsoDuration = z
  .string()
  .max(64)
  .transform((text, context) => {
    const read = parseIsoDuration(text);
    if (read !== undefined) return read;
    context.addIssue({
      code: "custom",
      message: "expected an ISO 8601 duration of days, hours, minutes and seconds, like PT2H or P1DT30M",
    });
    return z.NEVER;
  })
  .describe("ISO 8601 duration of whole days, hours, minutes and seconds, e.g. PT2H");

/** The same in an answer. */
export const IsoDurationText = z.string().describe("ISO 8601 duration, e.g. PT2H");
