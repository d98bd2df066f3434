import { z } from "zod";
import { instantOf } from "../values/instant.ts";

/** An end as HTTP takes it: any ISO 8601 instant that names its offset. Read into UTC. */
export const EndTime = z.iso
  .datetime({ offset: true, error: "expected an instant with its offset, like 2026-01-31T10:00:00Z" })
  .max(40)
  .transform((text) => instantOf(Date.parse(text)))
  .describe("ISO 8601 instant with Z or an offset, e.g. 2026-01-31T10:00:00Z");
