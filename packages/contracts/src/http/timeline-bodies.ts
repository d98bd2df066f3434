import { z } from "zod";
import { EventId } from "../values/ids.ts";
import { Instant } from "../values/instant.ts";
import { Principal } from "../values/principal.ts";
import { Refusal } from "../values/refusal.ts";

/** One event in the life of a VM. */
export const TimelineEntry = z.object({
  id: EventId.describe("the id of the event on the bus"),
  at: Instant,
  event: z.string().describe("its name, e.g. AccessGranted"),
  summary: z.string(),
  detail: z.string().optional().describe("what this one says in particular"),
  by: Principal.optional(),
  grantId: z.string().optional(),
  requestId: z.string().optional(),
  reasons: z.array(Refusal).optional(),
});
export type TimelineEntry = z.input<typeof TimelineEntry>;
