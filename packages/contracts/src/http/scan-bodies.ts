import { z } from "zod";
import { Scan, ScanId } from "../values/scan.ts";
import { Principal } from "../values/principal.ts";
import { ScopeId } from "../values/ids.ts";

/** One scan: asked for, under way, or ended. */
export const ScanView = z.object({
  id: ScanId,
  scope: z.string().describe("Azure subscription, or AWS <account>/<region>"),
  cloud: Scan.shape.cloud,
  status: z.enum(["Requested", ...Scan.shape.status.options]),
  requestedBy: Principal.optional(),
  requestedAt: z.string().optional(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  pages: z.int().describe("pages read so far"),
  vms: z.int().describe("VMs seen so far"),
  changed: z.int().describe("VMs whose finding, or what else is said of them, was news"),
  gone: z.int().describe("VMs that were there before and are not any more"),
  asOf: z.string().optional().describe("when the scope was last read to its end"),
  stale: z.boolean().describe("findings of this scope are older than they should be"),
  fault: z
    .object({ code: z.string(), detail: z.string() })
    .optional()
    .describe("why it broke off; what was found before stands"),
});
export type ScanView = z.input<typeof ScanView>;

/** Which scope to scan at once. */
export const NewScan = z.strictObject({
  scope: z
    .string()
    .min(1)
    .max(256)
    .transform((text) => text.toLowerCase())
    .pipe(ScopeId)
    .describe("Azure subscription id, or AWS <account>/<region>"),
});
export type NewScan = z.infer<typeof NewScan>;
