import type { EventOf, Scan, ScanEvent } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { SCANS_KEPT, scanRows } from "./scans.ts";
import type { ScansRow } from "./scans.ts";
import { upsert } from "./upsert.ts";

/** Tells a scope's row how far its scans have come. Requests are rows before they are events: they change nothing here. */
export const projectScan =
  ({ records }: Pick<HandlerDeps, "records">) =>
  async (event: ScanEvent): Promise<void> => {
    if (event.type === "sallyport.access.scan-requested.v1") return;
    const { scan } = event.data;
    await upsert(records, scanRows, scan.scope, (row) => {
      const before = row?.value ?? { scope: scan.scope, cloud: scan.cloud, requests: [], scans: [] };
      const value = evolveScans(before, scan);
      return row !== undefined && value === before ? row : { value, owes: row?.owes ?? { jobs: [], facts: [] } };
    });
  };

/** Events may come again, also old ones: a scan never goes back. */
export function evolveScans(
  row: ScansRow,
  scan: EventOf<"sallyport.posture.scan-finished.v1">["data"]["scan"],
): ScansRow {
  const known = row.scans.find(({ id }) => id === scan.id);
  if (known !== undefined && !isFurther(known, scan)) return row;
  const others = row.scans
    .filter(({ id }) => id !== scan.id)
    // Who died in the middle of a scan will not end it.
    .filter(({ status, startedAt }) => status !== "Running" || startedAt > scan.startedAt);
  const scans = [...others, scan].toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1)).slice(0, SCANS_KEPT);
  return { ...row, scans, requests: row.requests.filter(({ id }) => !scan.requests.includes(id)) };
}

const isFurther = (known: Scan, scan: Scan): boolean =>
  known.status === "Running" && (scan.status !== "Running" || scan.pages > known.pages);
