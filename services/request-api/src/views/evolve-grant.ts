import type { Access, ApprovalProgress, EventOf, GrantStatus, SallyportEvent } from "@sallyport/contracts";
import type { GrantRow, Word } from "./requests.ts";

/** The events that carry what was asked, and so can tell of a grant that is not known here yet. */
export type GrantEvent = EventOf<Extract<SallyportEvent, { readonly data: { readonly access: Access } }>["type"]>;

const rank: Readonly<Record<GrantStatus, number>> = {
  Requested: 0,
  AwaitingApproval: 1,
  Approved: 2,
  Open: 3,
  Closing: 4,
  Closed: 5,
  Failed: 5,
  Denied: 5,
};

export const newGrant = (access: Access): GrantRow => ({
  access,
  status: "Requested",
  overdue: false,
  ways: [],
  reasons: [],
});

/**
 * What is known of a grant after one more event. Events may come again, also old ones after a crash: a grant never goes back, and
 * what has ended stays so.
 */
export function evolveGrant(grant: GrantRow, event: GrantEvent): GrantRow {
  const reach = (status: GrantStatus, more: Partial<GrantRow> = {}): GrantRow =>
    rank[status] < rank[grant.status] || rank[grant.status] === 5 ? grant : { ...grant, ...more, status };
  switch (event.type) {
    case "sallyport.access.requested.v1":
      return grant;
    case "sallyport.access.approval-required.v1": {
      const { waitsUntil, needed, approvers, given, extension } = event.data;
      const approvals = { needed, approvers, given };
      if (extension === undefined)
        return reach("AwaitingApproval", { waitsUntil, approvals, words: notHeard(grant.words, event.causationid) });
      if (rank[grant.status] === 5) return grant;
      const before = grant.extension?.id === extension.id ? grant.extension : undefined;
      return {
        ...grant,
        extension: {
          ...grant.extension,
          ...extension,
          status: "AwaitingApproval",
          reasons: [],
          waitsUntil,
          approvals,
          words: notHeard(before?.words, event.causationid),
        },
      };
    }
    case "sallyport.access.approved.v1":
      if (!event.data.extends)
        return reach("Approved", { notAfter: event.data.notAfter, ...agreed(grant.approvals, event.data.approvals) });
      return grant.expiresAt !== undefined && event.data.notAfter <= grant.expiresAt
        ? grant // long since extended
        : extended(grant, { status: "Approved", reasons: [] });
    case "sallyport.access.denied.v1":
      return event.data.extends
        ? extended(grant, { status: "Denied", reasons: event.data.reasons })
        : reach("Denied", { reasons: event.data.reasons });
    case "sallyport.access.granted.v1": {
      const { openedAt, expiresAt, ways, closing, cloudCalls } = event.data;
      if (grant.openedAt !== undefined || rank[grant.status] === 5) return grant;
      // Given back before it was open: it is on its way to be closed, and was open for a moment all the same.
      const status = grant.status === "Closing" ? "Closing" : "Open";
      return {
        ...grant,
        status,
        openedAt,
        expiresAt,
        ways,
        closing,
        ...(cloudCalls !== undefined && { cloudCalls: { ...grant.cloudCalls, opening: cloudCalls } }),
      };
    }
    case "sallyport.access.failed.v1":
      return reach("Failed", { reasons: event.data.reasons });
    case "sallyport.access.extension-requested.v1":
      return grant.extension === undefined
        ? { ...grant, extension: { status: "Requested", openUntil: event.data.openUntil, reasons: [] } }
        : grant;
    case "sallyport.access.extended.v1": {
      const later = grant.expiresAt === undefined || event.data.expiresAt > grant.expiresAt;
      return later && rank[grant.status] < 5
        ? { ...extended(grant, { status: "Extended", reasons: [] }), expiresAt: event.data.expiresAt }
        : grant;
    }
    case "sallyport.access.overdue.v1":
      return rank[grant.status] === 5 ? grant : { ...grant, overdue: true };
    case "sallyport.access.revoked.v1":
      return reach("Closed", {
        receipt: event.data.receipt,
        overdue: false,
        ...(event.data.cloudCalls !== undefined && {
          cloudCalls: { ...grant.cloudCalls, closing: event.data.cloudCalls },
        }),
      });
  }
}

/** The words that authz was not heard about yet: all but the one that made it speak. */
const notHeard = (words: readonly Word[] = [], eventId: string): Word[] =>
  words.filter((word) => word.eventId !== eventId);

/** Everybody whose yes counted, once it is decided. */
const agreed = (
  approvals: GrantRow["approvals"],
  given: ApprovalProgress["given"] | undefined,
): Pick<GrantRow, "approvals"> =>
  approvals === undefined || given === undefined ? {} : { approvals: { ...approvals, given } };

/** An extension's answer says itself of which wish it is only by its end; the newest wish is the one that is shown. */
function extended(grant: GrantRow, change: Pick<NonNullable<GrantRow["extension"]>, "status" | "reasons">): GrantRow {
  return grant.extension === undefined ? grant : { ...grant, extension: { ...grant.extension, ...change } };
}
