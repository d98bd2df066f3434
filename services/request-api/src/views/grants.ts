import { defineTable } from "@sallyport/backbone";
import { GrantId, Instant, PrincipalId, RequestId, VmRef } from "@sallyport/contracts";
import { z } from "zod";
import { newestFirst } from "./newest-first.ts";
import { KEPT, isTerminal } from "./requests.ts";
import type { GrantRow } from "./requests.ts";

/** Where a grant is found: it is a part of its request's row. */
export const GrantPointer = z.object({
  grantId: GrantId,
  requestId: RequestId,
  vm: VmRef,
  principalId: PrincipalId,
  /** The service that asked for the principal. */
  requestedById: PrincipalId.optional(),
  requestedAt: Instant,
  ended: z.boolean(),
});
export type GrantPointer = z.infer<typeof GrantPointer>;

/** Where the grants of a VM, and those of a principal, are in their indexes: newest first, those of one request side by side. */
export const ofVm = (vm: string): string => `${vm}\n`;
export const ofHolder = (id: string): string => `${id}\n`;
export const askerOf = ({ requestedById, principalId }: GrantPointer): PrincipalId => requestedById ?? principalId;
const placeOf = ({ requestedAt, requestId, grantId }: GrantPointer) =>
  `${newestFirst(requestedAt)}\n${requestId}\n${grantId}`;

export const grantsTable = defineTable<GrantPointer>({
  name: "request-api.grants",
  schema: GrantPointer,
  indexes: {
    vm: (pointer) => `${ofVm(pointer.vm)}${placeOf(pointer)}`,
    /** Who asked: the service, where one asked for somebody. */
    asker: (pointer) => `${ofHolder(askerOf(pointer))}${placeOf(pointer)}`,
    principal: (pointer) => `${ofHolder(pointer.principalId)}${placeOf(pointer)}`,
  },
  expiresAfter: ({ ended }) => (ended ? KEPT : undefined),
});

export const pointerOf = (grant: GrantRow): GrantPointer => ({
  grantId: grant.access.grantId,
  requestId: grant.access.requestId,
  vm: grant.access.vm,
  principalId: grant.access.principal.id,
  requestedById: grant.access.requestedBy?.id,
  requestedAt: grant.access.requestedAt,
  ended: isTerminal(grant),
});
