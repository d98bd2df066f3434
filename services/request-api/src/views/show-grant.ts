import { grantStatuses, isoDurationOf, vmKeyOf } from "@sallyport/contracts";
import type { AccessRequestView, GrantStatus, GrantView } from "@sallyport/contracts";
import type { GrantRow, RequestRow } from "./requests.ts";

/** A grant as it is answered. */
export function showGrant({
  access,
  extension,
  approvals,
  words,
  revocation: _asked,
  waitsUntil,
  ...grant
}: GrantRow): GrantView {
  return {
    id: access.grantId,
    requestId: access.requestId,
    vm: access.vm,
    vmKey: vmKeyOf(access.vm),
    vmName: access.vmName,
    principal: access.principal,
    requestedBy: access.requestedBy,
    ports: access.ports.map(({ port, protocol, sources }) => ({ port, protocol, sources: [...sources] })),
    duration: isoDurationOf(access.duration),
    waitsUntil,
    ...grant,
    ...shownApprovals({ approvals, words, waitsUntil }),
    ...(extension === undefined ? {} : { extension: showExtension(extension) }),
  };
}

const showExtension = ({
  status,
  openUntil,
  reasons,
  id,
  ...waits
}: NonNullable<GrantRow["extension"]>): NonNullable<GrantView["extension"]> => ({
  status,
  openUntil,
  reasons,
  ...(status === "AwaitingApproval" ? { id } : {}),
  ...shownApprovals(waits),
});

/** As authz told, with the yeses that are on their way there. */
function shownApprovals({
  approvals,
  words = [],
  waitsUntil,
}: Pick<GrantRow, "approvals" | "words" | "waitsUntil">): Pick<GrantView, "approvals"> {
  if (approvals === undefined || waitsUntil === undefined) return {};
  const { needed, given, approvers } = approvals;
  const onTheirWay = words.filter(({ by, approved }) => approved && !given.some((one) => one.by.id === by.id));
  return {
    approvals: { needed, given: [...given, ...onTheirWay.map(({ by, at }) => ({ by, at }))], waitsUntil, approvers },
  };
}

/** A request as it is answered, with those of its grants that the caller may see. */
export function showRequest(
  { id, principal, requestedBy, requestedAt, justification, reference }: RequestRow,
  grants: readonly GrantRow[],
): AccessRequestView {
  const shown = grants.map(showGrant);
  const lacking = shown
    .flatMap(({ approvals }) => (approvals === undefined ? [] : [approvals]))
    .sort(lacksMoreFirst)[0];
  return {
    id,
    status: leastFar(grants),
    principal,
    requestedBy,
    approvals: lacking,
    requestedAt,
    justification,
    reference,
    grants: shown,
  };
}

type Approvals = NonNullable<AccessRequestView["approvals"]>;
const lacksMoreFirst = (a: Approvals, b: Approvals): number => b.needed - b.given.length - (a.needed - a.given.length);

export const leastFar = (grants: readonly GrantRow[]): GrantStatus =>
  grantStatuses.find((status) => grants.some((grant) => grant.status === status)) ?? "Requested";
