import { defineTable } from "@sallyport/backbone";
import { EventId, Instant, Principal, Refusal, VmRef, contractOf } from "@sallyport/contracts";
import type { ApiKeyEvent, EnrolmentEvent, SallyportEvent, ScanEvent, TimelineEntry } from "@sallyport/contracts";
import { z } from "zod";
import type { HandlerDeps } from "../deps.ts";
import { newestFirst } from "./newest-first.ts";
import { KEPT } from "./requests.ts";

/** What of an event's data a timeline shows, whichever event it is. */
const Told = z.object({
  by: Principal.optional(),
  access: z.object({ grantId: z.string(), requestId: z.string(), principal: Principal }).optional(),
  reasons: z.array(Refusal).optional(),
  detail: z.string().optional(),
  finding: z.object({ status: z.string(), reason: z.string() }).optional(),
  expiresAt: Instant.optional(),
  notAfter: Instant.optional(),
});

/** An event about a VM, kept as long as requests are. */
export const TimelineRow = z.object({
  id: EventId,
  vm: VmRef,
  at: Instant,
  type: z.string(),
  by: Principal.optional(),
  grantId: z.string().optional(),
  requestId: z.string().optional(),
  detail: z.string().optional(),
  reasons: z.array(Refusal).optional(),
});
export type TimelineRow = z.infer<typeof TimelineRow>;

/** Where the events of a VM are in the index: newest first. */
export const ofVmTimeline = (vm: string): string => `${vm}\n`;

export const timelineTable = defineTable<TimelineRow>({
  name: "request-api.timeline",
  schema: TimelineRow,
  indexes: { vm: ({ id, vm, at }) => `${ofVmTimeline(vm)}${newestFirst(at)}\n${id}` },
  expiresAfter: () => KEPT,
});

type VmEvent = Exclude<SallyportEvent, ScanEvent | ApiKeyEvent | EnrolmentEvent>;

/** Takes an event down. One that comes again is there already. */
export const projectTimeline =
  ({ records }: Pick<HandlerDeps, "records">) =>
  async (event: VmEvent): Promise<void> => {
    await records.put(timelineTable, event.id, rowOf(event), 0);
  };

function rowOf({ id, subject, time, type, data }: VmEvent): TimelineRow {
  const { by, access, reasons, detail, finding, expiresAt, notAfter } = Told.parse(data);
  const until = expiresAt ?? notAfter;
  const asker = type.endsWith("requested.v1") ? access?.principal : undefined;
  const said = detail ?? (finding && `${finding.status}: ${finding.reason}`) ?? (until && `until ${until}`);
  return {
    id,
    vm: subject,
    at: time,
    type,
    by: by ?? asker,
    grantId: access?.grantId,
    requestId: access?.requestId,
    detail: said,
    reasons,
  };
}

/** What people asked and decided is for who may read the VM's JIT policy; what a survey found for whoever may read the VM. */
export const isAboutPeople = ({ type }: Pick<TimelineRow, "type">): boolean => !type.startsWith("sallyport.posture.");

export function showTimelineEntry({ vm: _vm, type, ...row }: TimelineRow): TimelineEntry {
  const contract = contractOf(type);
  return { ...row, event: contract?.name ?? type, summary: contract?.summary ?? "" };
}
