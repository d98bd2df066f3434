import { isScanEvent } from "@sallyport/contracts";
import type {
  EventOf,
  EventType,
  LockdownSnapshot,
  LockdownStatus,
  Refusal,
  SallyportEvent,
  ScanEvent,
} from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { upsert } from "./upsert.ts";
import { vmsTable } from "./vms.ts";
import type { LockdownRow, VmRow } from "./vms.ts";

type VmEventType = Extract<EventType, `sallyport.posture.${string}` | `sallyport.lockdown.${string}`>;
type VmEvent = Exclude<EventOf<VmEventType>, ScanEvent>;

export const isVmEvent = (event: SallyportEvent): event is VmEvent =>
  !isScanEvent(event) && (event.type.startsWith("sallyport.posture.") || event.type.startsWith("sallyport.lockdown."));

/** Tells a VM's row what a survey or an enforcer has found. */
export const projectVm =
  ({ records }: Pick<HandlerDeps, "records">) =>
  async (event: VmEvent): Promise<void> =>
    upsert(records, vmsTable, event.subject, (row) => evolveVm(row ?? { vm: event.subject }, event));

function evolveVm(row: VmRow, event: VmEvent): VmRow {
  switch (event.type) {
    case "sallyport.posture.classified.v1": {
      const { goneAt: _back, ...known } = row;
      return { ...known, profile: event.data.profile, finding: event.data.finding };
    }
    case "sallyport.posture.gone.v1":
      return { ...row, goneAt: event.data.at };
    case "sallyport.lockdown.prepared.v1":
      return { ...row, lockdown: lockdownOf("Locking", event.data.lockdown) };
    case "sallyport.lockdown.locked.v1":
      return { ...row, lockdown: lockdownOf(event.data.effective ? "Locked" : "NotEffective", event.data.lockdown) };
    case "sallyport.lockdown.failed.v1":
      return { ...row, lockdown: lockdownOf("Failed", event.data.lockdown, event.data.reasons) };
    case "sallyport.lockdown.unlocked.v1":
      return { ...row, lockdown: lockdownOf("Unlocked", event.data.lockdown) };
  }
}

const lockdownOf = (
  status: LockdownStatus,
  { ports, shadows, at, policyVersion }: LockdownSnapshot,
  reasons: readonly Refusal[] = [],
): LockdownRow => ({ status, ports, shadows, reasons: [...reasons], at, policyVersion });
