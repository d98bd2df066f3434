import { grantStatuses, isoDurationOf, vmKeyOf } from "@sallyport/contracts";
import type { AccessRequestView, GrantStatus, GrantView } from "@sallyport/contracts";
import type { GrantRow, RequestRow } from "./requests.ts";

/** A grant as it is answered. */
export function showGrant({ access, extension, approval: _said, revocation: _asked, ...grant }: GrantRow): GrantView {
  return {
    id: access.grantId,
    requestId: access.requestId,
    vm: access.vm,
    vmKey: vmKeyOf(access.vm),
    vmName: access.vmName,
    principal: access.principal,
    ports: access.ports.map(({ port, protocol, sources }) => ({ port, protocol, sources: [...sources] })),
    duration: isoDurationOf(access.duration),
    ...grant,
    ...(extension === undefined
      ? {}
      : {
          extension: { status: extension.status, openUntil: extension.openUntil, reasons: extension.reasons },
        }),
  };
}

/** A request as it is answered, with those of its grants that the caller may see. */
export const showRequest = (
  { id, principal, requestedAt, justification, reference }: RequestRow,
  grants: readonly GrantRow[],
): AccessRequestView => ({
  id,
  status: leastFar(grants),
  principal,
  requestedAt,
  justification,
  reference,
  grants: grants.map(showGrant),
});

export const leastFar = (grants: readonly GrantRow[]): GrantStatus =>
  grantStatuses.find((status) => grants.some((grant) => grant.status === status)) ?? "Requested";
