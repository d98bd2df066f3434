import { plusSeconds, prefixesOf } from "@sallyport/contracts";
import type { AzurePortStatus, AzureRequest, Instant, VmRef } from "@sallyport/contracts";
import type { GrantRow, RequestRow } from "../views/requests.ts";

/** Seven fractional digits, as Azure writes them. */
export const azureTime = (at: Instant): string => at.replace("Z", "0000Z");

/**
 * A request as Azure's history has it: those of its grants that are about these VMs. `undefined` when it never was one there: none
 * of its grants is on these VMs, or all were denied without anybody being asked.
 */
export function showAzureRequest(
  { principal, requestedAt, justification, grants }: RequestRow,
  idOf: (vm: VmRef) => string | undefined,
): AzureRequest | undefined {
  const shown = grants.filter(({ access }) => idOf(access.vm) !== undefined);
  if (shown.every(isRefusedAtOnce)) return undefined;
  const vms = new Map<string, AzurePortStatus[]>();
  for (const grant of shown) {
    const id = idOf(grant.access.vm) ?? "";
    vms.set(id, [...(vms.get(id) ?? []), ...portsOf(grant)]);
  }
  return {
    virtualMachines: [...vms].map(([id, ports]) => ({ id, ports })),
    startTimeUtc: azureTime(requestedAt),
    requestor: principal.displayName ?? principal.id,
    ...(justification === undefined ? {} : { justification }),
  };
}

const isRefusedAtOnce = ({ status, waitsUntil }: GrantRow): boolean => status === "Denied" && waitsUntil === undefined;

function portsOf(grant: GrantRow): readonly AzurePortStatus[] {
  const { access, ways } = grant;
  const { requestedAt, duration, endTime } = access;
  const end =
    grant.receipt?.reason === "expired" || grant.receipt === undefined
      ? (grant.expiresAt ?? grant.notAfter ?? endTime ?? plusSeconds(requestedAt, duration))
      : grant.receipt.closedAt;
  // One number may stand for two doors, of TCP and of UDP; Azure's request knows numbers alone.
  const doors = new Map(access.ports.map((door) => [door.port, door]));
  return [...doors.values()].map(({ port, sources }) => {
    const way = ways.find(({ mappedTo }) => mappedTo === port);
    return {
      number: port,
      ...prefixesOf(sources),
      endTimeUtc: azureTime(end),
      ...statusOf(grant),
      ...(way === undefined ? {} : { mappedPort: way.port }),
    };
  });
}

/**
 * Azure knows three words for eight: what is not open yet is initiating; what ended before its time, or never opened, is revoked by
 * request. `NewerRequestInitiated` is never said, since no request here ends another's.
 */
function statusOf({ status, receipt }: GrantRow): Pick<AzurePortStatus, "status" | "statusReason"> {
  switch (status) {
    case "Requested":
    case "AwaitingApproval":
    case "Approved":
      return { status: "Initiating", statusReason: "UserRequested" };
    case "Open":
    case "Closing":
      return { status: "Initiated", statusReason: "UserRequested" };
    case "Closed":
      return { status: "Revoked", statusReason: receipt?.reason === "expired" ? "Expired" : "UserRequested" };
    case "Failed":
    case "Denied":
      return { status: "Revoked", statusReason: "UserRequested" };
  }
}
