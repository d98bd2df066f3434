import { defineTable, owingTable } from "@sallyport/backbone";
import { Cloud, Scan, ScanRequest, ScopeId, latest, msBetween } from "@sallyport/contracts";
import type { Instant, ScanId, ScanView, VmProfile } from "@sallyport/contracts";
import { z } from "zod";

/** Scans that are remembered of each scope. */
export const SCANS_KEPT = 20;

/** The scans of one scope: those asked for and not begun, and the newest ones, newest first. */
export const ScansRow = z.object({
  scope: ScopeId,
  cloud: Cloud,
  requests: z.array(ScanRequest),
  scans: z.array(Scan),
});
export type ScansRow = z.infer<typeof ScansRow>;

export const scansTable = defineTable<ScansRow>({
  name: "request-api.scans",
  schema: ScansRow,
  indexes: { scope: ({ scope }) => scope },
  expiresAfter: () => undefined,
});

/** The rows as the ledger keeps them, for who only reads, or writes what an event says. */
export const scanRows = owingTable(scansTable);

export interface Freshness {
  readonly asOf: Instant;
  readonly stale: boolean;
}

/** Whether the scope's findings are older than they should be: its last scan broke off, or the next one is overdue. */
export function isStale(row: ScansRow | undefined, now: Instant): boolean {
  const [newest] = row?.scans ?? [];
  if (newest === undefined) return false;
  return row?.scans.find(({ status }) => status !== "Running")?.status === "Failed" || now > newest.staleAfter;
}

/** How fresh what is said of a VM is. A VM that is as it was is not spoken of again: the end of a scan vouches for it. */
export function freshnessOf(
  row: ScansRow | undefined,
  { surveyedAt }: Pick<VmProfile, "surveyedAt">,
  now: Instant,
): Freshness {
  const asOf = row?.scans[0]?.asOf;
  return { asOf: asOf === undefined ? surveyedAt : latest(surveyedAt, asOf), stale: isStale(row, now) };
}

/** A request that the scanner has not answered for so long was lost on its way; another one may be made. */
const REQUEST_MS = 600_000;
export const pendingIn = (row: ScansRow | undefined, now: Instant): ScanRequest | undefined =>
  row?.requests.find(({ at }) => msBetween(at, now) < REQUEST_MS);

/** What is asked for and not begun, before what has begun. */
export function scansIn(row: ScansRow, now: Instant): readonly ScanView[] {
  const asOf = row.scans[0]?.asOf;
  const stale = isStale(row, now);
  const requested = row.requests.map(({ id, scope, cloud, by, at }): ScanView => ({
    id,
    scope,
    cloud,
    status: "Requested",
    requestedBy: by,
    requestedAt: at,
    pages: 0,
    vms: 0,
    changed: 0,
    gone: 0,
    ...(asOf !== undefined && { asOf }),
    stale,
  }));
  const begun = row.scans.map(({ requests: _answers, staleAfter: _after, ...scan }): ScanView => ({ ...scan, stale }));
  return [...requested, ...begun];
}

/** The scan of an id, or that which answers the request of this id. */
export function scanIn(row: ScansRow, id: ScanId, now: Instant): ScanView | undefined {
  const answering = row.scans.find(({ requests }) => requests.includes(id))?.id;
  const found = scansIn(row, now).find((scan) => scan.id === (answering ?? id));
  return found && { ...found, id };
}
