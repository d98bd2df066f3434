import { z } from "zod";
import { Access } from "../values/access.ts";
import { Approval, ApprovalProgress, MOST_APPROVALS, WaitingExtension } from "../values/approvals.ts";
import { exampleAccess, exampleVm } from "../values/examples.ts";
import { ClosingReason, CloudCalls, Receipt, SessionEffect, Way } from "../values/grant.ts";
import { EventId, GrantId, ObjectId, RequestId } from "../values/ids.ts";
import { Instant } from "../values/instant.ts";
import { Principal } from "../values/principal.ts";
import { Refusal } from "../values/refusal.ts";
import { VmRef } from "../values/vm-ref.ts";
import { defineEvent } from "./define-event.ts";

const topic = "sallyport.access";

export const AccessRequested = defineEvent({
  name: "AccessRequested",
  type: "sallyport.access.requested.v1",
  topic,
  summary: "A principal asked for time-bound access to ports of one VM.",
  data: z.object({ access: Access }),
  example: { access: exampleAccess },
});

export const ApprovalRequired = defineEvent({
  name: "ApprovalRequired",
  type: "sallyport.access.approval-required.v1",
  topic,
  summary:
    "The requester has the permissions, and the policy asks for people's approval: so many, from such a group. Said again whenever a word was heard that decides nothing yet, with those that count so far.",
  data: z.object({
    access: Access,
    waitsUntil: Instant,
    ...ApprovalProgress.shape,
    /** What waits is more time for a running grant, not the request. */
    extension: WaitingExtension.optional(),
  }),
  example: { access: exampleAccess, waitsUntil: "2026-01-31T09:00:00.000Z" },
});

export const ApprovalGiven = defineEvent({
  name: "ApprovalGiven",
  type: "sallyport.access.approval-given.v1",
  topic,
  summary: "A person approved or declined a request, or an extension, that waited for approval.",
  data: z.object({
    vm: VmRef,
    requestId: RequestId,
    grantId: GrantId,
    by: Principal,
    approved: z.boolean(),
    comment: z.string().max(1000).optional(),
    /** The extension that this is about; the request itself without it. */
    extension: EventId.optional(),
  }),
  example: {
    vm: exampleVm,
    requestId: exampleAccess.requestId,
    grantId: exampleAccess.grantId,
    by: { id: "0b000000-0000-4000-8000-000000000b0b@9d1e0000-0000-4000-8000-0000000000f1" },
    approved: true,
    comment: "ok, during the window",
  },
});

export const AccessApproved = defineEvent({
  name: "AccessApproved",
  type: "sallyport.access.approved.v1",
  topic,
  summary: "The request passed RBAC, policy and approval; or a running grant may go on until a later end.",
  data: z.object({
    access: Access,
    /** The latest instant at which the door may be open, fixed now: approval + announced opening time + duration (settled.md §2). */
    notAfter: Instant,
    approvedAt: Instant,
    /** Of the request, or of the extension: tells a first approval from an extension. */
    extends: z.boolean().default(false),
    /** Who said yes, besides RBAC and policy; the last one where several had to. */
    approvedBy: Principal.optional(),
    /** Everybody whose yes counted, in the order in which they spoke. */
    approvals: z.array(Approval).max(MOST_APPROVALS).optional(),
  }),
  example: { access: exampleAccess, notAfter: "2026-01-31T10:00:15.000Z", approvedAt: "2026-01-31T08:00:00.000Z" },
});

export const AccessDenied = defineEvent({
  name: "AccessDenied",
  type: "sallyport.access.denied.v1",
  topic,
  summary: "The request, or the extension of a grant, was refused, with every reason.",
  data: z.object({ access: Access, reasons: z.array(Refusal).min(1).max(100), extends: z.boolean().default(false) }),
  example: {
    access: exampleAccess,
    reasons: [
      {
        code: "rbac.missing-action",
        detail:
          "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action is not granted on the VM's resource group.",
        action: "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action",
        object: "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourcegroups/rg-shop",
      },
    ],
  },
});

export const AccessGranted = defineEvent({
  name: "AccessGranted",
  type: "sallyport.access.granted.v1",
  topic,
  summary: "The door is open: read back from the cloud.",
  data: z.object({
    access: Access,
    openedAt: Instant,
    expiresAt: Instant,
    ways: z.array(Way).max(64),
    objects: z.array(ObjectId).max(256),
    /** What closing will do to established connections. */
    closing: SessionEffect,
    /** Of the try that opened it. */
    cloudCalls: CloudCalls.optional(),
  }),
  example: {
    access: exampleAccess,
    openedAt: "2026-01-31T08:00:04.000Z",
    expiresAt: "2026-01-31T10:00:04.000Z",
    ways: [{ address: "198.51.100.10", port: 22 }],
    objects: [
      "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourcegroups/rg-shop/providers/microsoft.network/networksecuritygroups/nsg-web",
    ],
    closing: { sessions: "kept", because: "NSGs keep flow state" },
  },
});

export const AccessFailed = defineEvent({
  name: "AccessFailed",
  type: "sallyport.access.failed.v1",
  topic,
  summary: "An approved grant could not be opened; nothing of it is left in the network.",
  data: z.object({ access: Access, reasons: z.array(Refusal).min(1).max(100), at: Instant }),
  example: {
    access: exampleAccess,
    reasons: [{ code: "network.no-free-priority", detail: "Priorities 100 to 299 of nsg-web are all taken." }],
    at: "2026-01-31T08:00:04.000Z",
  },
});

export const ExtensionRequested = defineEvent({
  name: "ExtensionRequested",
  type: "sallyport.access.extension-requested.v1",
  topic,
  summary: "The holder of a grant asked for more time.",
  data: z.object({ access: Access, by: Principal, openUntil: Instant, at: Instant }),
  example: {
    access: exampleAccess,
    by: exampleAccess.principal,
    openUntil: "2026-01-31T11:00:04.000Z",
    at: "2026-01-31T09:30:00.000Z",
  },
});

export const AccessExtended = defineEvent({
  name: "AccessExtended",
  type: "sallyport.access.extended.v1",
  topic,
  summary: "A running grant ends later; its new end was read back from the cloud.",
  data: z.object({ access: Access, expiresAt: Instant, at: Instant }),
  example: { access: exampleAccess, expiresAt: "2026-01-31T11:00:04.000Z", at: "2026-01-31T09:30:02.000Z" },
});

export const RevocationRequested = defineEvent({
  name: "RevocationRequested",
  type: "sallyport.access.revocation-requested.v1",
  topic,
  summary: "Somebody who may do so asked to close a grant before its end.",
  data: z.object({ vm: VmRef, grantId: GrantId, by: Principal, reason: ClosingReason, at: Instant }),
  example: {
    vm: exampleVm,
    grantId: exampleAccess.grantId,
    by: exampleAccess.principal,
    reason: "given-back",
    at: "2026-01-31T09:00:00.000Z",
  },
});

export const AccessRevoked = defineEvent({
  name: "AccessRevoked",
  type: "sallyport.access.revoked.v1",
  topic,
  summary: "The grant is closed: the cloud's own answer shows that nothing carrying its mark is left.",
  data: z.object({
    access: Access,
    reason: ClosingReason,
    receipt: Receipt,
    /** Of the try that closed it. */
    cloudCalls: CloudCalls.optional(),
  }),
  example: {
    access: exampleAccess,
    reason: "expired",
    receipt: {
      grantId: exampleAccess.grantId,
      openedAt: "2026-01-31T08:00:04.000Z",
      closedAt: "2026-01-31T10:00:05.000Z",
      reason: "expired",
      readBack: [
        "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourcegroups/rg-shop/providers/microsoft.network/networksecuritygroups/nsg-web",
      ],
      stillOpen: [],
      keyId: "k1",
      signature: "Zm9vYmFyYmF6cXV4",
    },
  },
});

export const AccessOverdue = defineEvent({
  name: "AccessOverdue",
  type: "sallyport.access.overdue.v1",
  topic,
  summary: "A grant is past its end and could not be closed yet; it is being tried again, for ever.",
  data: z.object({
    access: Access,
    end: Instant,
    since: Instant,
    tries: z.int().nonnegative(),
    lastFault: z.string().max(2000),
  }),
  example: {
    access: exampleAccess,
    end: "2026-01-31T10:00:04.000Z",
    since: "2026-01-31T10:01:04.000Z",
    tries: 7,
    lastFault: "azure.unavailable: 503 ServerTimeout",
  },
});

export const DriftDetected = defineEvent({
  name: "DriftDetected",
  type: "sallyport.access.drift-detected.v1",
  topic,
  summary: "The network no longer holds what Sallyport put there, or holds something that only looks like ours.",
  data: z.object({
    vm: VmRef,
    object: ObjectId,
    kind: z.enum(["missing", "altered", "foreign-mark"]),
    detail: z.string().max(2000),
    at: Instant,
  }),
  example: {
    vm: exampleVm,
    object:
      "/subscriptions/6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001/resourcegroups/rg-shop/providers/microsoft.network/networksecuritygroups/nsg-web",
    kind: "missing",
    detail: "the lockdown's deny was deleted by someone else and has been put back",
    at: "2026-01-31T09:00:00.000Z",
  },
});
