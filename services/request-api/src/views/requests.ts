import { defineTable, owingTable } from "@sallyport/backbone";
import {
  Access,
  ApprovalProgress,
  CloudCalls,
  EventId,
  GrantStatus,
  Instant,
  Principal,
  Receipt,
  Refusal,
  RequestId,
  SessionEffect,
  Way,
  seconds,
} from "@sallyport/contracts";
import { z } from "zod";
import { newestFirst } from "./newest-first.ts";

/** A word that was given here and that authz has not been heard about yet. */
const Word = z.object({ by: Principal, at: Instant, approved: z.boolean(), eventId: z.string() });
export type Word = z.infer<typeof Word>;

/** Whose yes is waited for: as authz tells, and what is on its way there. */
const ofApproval = { approvals: ApprovalProgress.optional(), words: z.array(Word).optional() };

/** A grant as far as its events tell. */
export const GrantRow = z.object({
  access: Access,
  status: GrantStatus,
  overdue: z.boolean(),
  ...ofApproval,
  waitsUntil: Instant.optional(),
  notAfter: Instant.optional(),
  openedAt: Instant.optional(),
  expiresAt: Instant.optional(),
  ways: z.array(Way),
  closing: SessionEffect.optional(),
  reasons: z.array(Refusal),
  extension: z
    .object({
      status: z.enum(["Requested", "AwaitingApproval", "Approved", "Denied", "Extended"]),
      /** The event that asked for it, once it waits for approval. */
      id: EventId.optional(),
      waitsUntil: Instant.optional(),
      ...ofApproval,
      openUntil: Instant,
      reasons: z.array(Refusal),
      /** The call that asked for it. */
      callId: z.string().optional(),
    })
    .optional(),
  receipt: Receipt.optional(),
  cloudCalls: z.object({ opening: CloudCalls.optional(), closing: CloudCalls.optional() }).optional(),
  /** What was said about it here and is on its way: answered at once when it is said again. */
  revocation: z.object({ by: Principal, at: Instant }).optional(),
});
export type GrantRow = z.infer<typeof GrantRow>;

/** A request with the grants it became, which live on different VMs, so in different partitions. */
export const RequestRow = z.object({
  id: RequestId,
  principal: Principal,
  /** The service that asked for the principal. */
  requestedBy: Principal.optional(),
  requestedAt: Instant,
  justification: z.string().optional(),
  reference: z.string().optional(),
  grants: z.array(GrantRow).min(1),
});
export type RequestRow = z.infer<typeof RequestRow>;

const terminal: ReadonlySet<GrantStatus> = new Set<GrantStatus>(["Closed", "Failed", "Denied"]);
export const isTerminal = ({ status }: Pick<GrantRow, "status">): boolean => terminal.has(status);

/** How long a request is kept after its last grant has ended: 30 days. */
export const KEPT = seconds(30 * 86_400);

/** Where a principal's requests are in the index, newest first. */
export const ofPrincipal = (id: string): string => `${id}\n`;

/** Where the requests of which something waits for approval are in their index, newest first. */
export const WAITING = "waiting\n";
const waitsForApproval = ({ status, extension }: GrantRow): boolean =>
  status === "AwaitingApproval" || extension?.status === "AwaitingApproval";

export const requestsTable = defineTable<RequestRow>({
  name: "request-api.requests",
  schema: RequestRow,
  indexes: {
    waiting: ({ id, requestedAt, grants }) =>
      grants.some(waitsForApproval) ? `${WAITING}${newestFirst(requestedAt)}\n${id}` : undefined,
    principal: ({ id, principal, requestedAt }) => `${ofPrincipal(principal.id)}${newestFirst(requestedAt)}\n${id}`,
  },
  expiresAfter: ({ grants }) => (grants.every(isTerminal) ? KEPT : undefined),
});

/** The rows as the ledger keeps them, for who only reads, or writes what an event says and leaves what is owed as it is. */
export const requestRows = owingTable(requestsTable);
