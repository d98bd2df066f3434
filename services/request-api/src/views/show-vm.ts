import { isoDurationOf, vmKeyOf } from "@sallyport/contracts";
import type {
  GrantView,
  LockdownStatus,
  LockdownView,
  PolicyView,
  PortSpec,
  VmSummary,
  VmView,
} from "@sallyport/contracts";
import type { PolicyRow } from "./policies.ts";
import type { Freshness } from "./scans.ts";
import { tabOfVm } from "./vm-filter.ts";
import type { KnownVm, LockdownRow } from "./vms.ts";

function facts(row: KnownVm, owner: PolicyRow | undefined) {
  const { vm, profile } = row;
  const lockdown = showLockdown(row.lockdown, owner);
  const tab = tabOfVm(row, owner);
  return {
    vmKey: vmKeyOf(vm),
    vm,
    name: profile.name,
    cloud: profile.cloud,
    scope: profile.scope,
    location: profile.location,
    osType: profile.osType,
    power: profile.power,
    ...(lockdown === undefined ? {} : { lockdown }),
    ...(tab === undefined ? {} : { tab }),
    surveyedAt: profile.surveyedAt,
  };
}

/** A VM in a list. */
export function showVmInList(row: KnownVm, policy: PolicyRow | undefined, freshness: Freshness): VmSummary {
  const { status, severity, reasonCode, reason } = row.finding;
  return {
    ...facts(row, policy),
    finding: { status, severity, reasonCode, reason, ...freshness },
  };
}

export interface VmParts {
  readonly freshness: Freshness;
  readonly policy: PolicyView | undefined;
  readonly grants: readonly GrantView[] | undefined;
}

/** A VM with everything there is to say to this caller. */
export function showVm(row: KnownVm, owner: PolicyRow | undefined, { freshness, policy, grants }: VmParts): VmView {
  return {
    ...facts(row, owner),
    finding: { ...row.finding, ...freshness },
    publicAddresses: row.profile.publicAddresses.flatMap(({ address }) => address ?? []),
    openingTime: isoDurationOf(row.profile.openingTime),
    closing: row.profile.closing,
    ...(policy === undefined ? {} : { policy }),
    ...(grants === undefined ? {} : { grants: [...grants] }),
  };
}

/** The lockdown against the policy that wants it: what the policy says and the network does not know yet is under way. */
function showLockdown(row: LockdownRow | undefined, owner: PolicyRow | undefined): LockdownView | undefined {
  const status = statusOf(row, owner);
  const at = row?.at ?? owner?.at;
  if (status === undefined || at === undefined) return undefined;
  const { ports = [], shadows = [], reasons = [] } = row ?? {};
  return { status, ports, shadows, reasons: status === "Failed" ? reasons : [], at };
}

function statusOf(row: LockdownRow | undefined, owner: PolicyRow | undefined): LockdownStatus | undefined {
  if (owner === undefined) return row?.status;
  if (owner.policy === undefined) return row === undefined || row.status === "Unlocked" ? row?.status : "Unlocking";
  if (row === undefined || row.status === "Unlocked") return "Locking";
  return row.policyVersion < owner.version && doorsOf(row.ports) !== doorsOf(owner.policy.ports)
    ? "Locking"
    : row.status;
}

const doorsOf = (ports: readonly PortSpec[]): string =>
  ports
    .map(({ port, protocol }) => `${port}/${protocol}`)
    .sort()
    .join(" ");
