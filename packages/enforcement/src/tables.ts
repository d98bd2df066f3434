import {
  Access,
  ClosingReason,
  GrantId,
  Instant,
  LockdownId,
  LockdownOptions,
  ObjectId,
  PortSpec,
  Receipt,
  Refusal,
  seconds,
  Shadow,
  StoredChange,
  VmRef,
} from "@sallyport/contracts";
import type { Cloud } from "@sallyport/contracts";
import { defineTable } from "@sallyport/backbone";
import type { Table } from "@sallyport/backbone";
import { dueOf, isLeaving, isLive, leftVmOf, liveVmOf } from "@sallyport/domain";
import type { GrantState, LockdownState } from "@sallyport/domain";
import { z } from "zod";

const life = {
  access: Access,
  notAfter: Instant,
  approvedAt: Instant,
  cause: z.string(),
  tries: z.number(),
  nextTry: Instant,
  lastFault: z.string().exactOptional(),
  extension: z.string().exactOptional(),
};
const objects = z.array(ObjectId);

const GrantRow: z.ZodType<GrantState> = z.discriminatedUnion("state", [
  z.object({ state: z.literal("Approved"), ...life }),
  z.object({ state: z.literal("Opening"), ...life, objects }),
  z.object({ state: z.literal("Open"), ...life, objects, openedAt: Instant, expiresAt: Instant }),
  z.object({
    state: z.literal("Closing"),
    ...life,
    objects,
    openedAt: Instant.exactOptional(),
    reason: ClosingReason,
    since: Instant,
    overdue: z.boolean(),
    failure: z.array(Refusal).exactOptional(),
  }),
  z.object({
    state: z.literal("Closed"),
    access: Access,
    reason: ClosingReason,
    receipt: Receipt,
    at: Instant,
    left: z.object({ objects, until: Instant }).exactOptional(),
  }),
  z.object({
    state: z.literal("Failed"),
    grantId: GrantId,
    vm: VmRef,
    access: Access.exactOptional(),
    reasons: z.array(Refusal),
    at: Instant,
  }),
]);

/** A month: long enough for every question about a grant; the events tell the rest. */
const KEEP_ENDED = seconds(30 * 86_400);

/** The grants of one cloud, by grant id. */
export const grantsTable = (cloud: Cloud): Table<GrantState> =>
  defineTable({
    name: `enforcer-${cloud}.grants`,
    schema: GrantRow,
    indexes: { due: dueOf, vm: liveVmOf, left: leftVmOf },
    expiresAfter: (grant) => (isLive(grant) || isLeaving(grant) ? undefined : KEEP_ENDED),
  });

const lockdownLife = {
  id: LockdownId,
  vm: VmRef,
  ports: z.array(PortSpec),
  options: LockdownOptions,
  policyVersion: z.number(),
  cause: z.string(),
  inverse: z.array(StoredChange),
  objects,
  tries: z.number(),
  nextTry: Instant,
  lastFault: z.string().exactOptional(),
  place: z.string().exactOptional(),
};

const LockdownRow: z.ZodType<LockdownState> = z.discriminatedUnion("state", [
  z.object({ state: z.literal("Locking"), ...lockdownLife }),
  z.object({ state: z.literal("Locked"), ...lockdownLife, at: Instant }),
  z.object({ state: z.literal("NotEffective"), ...lockdownLife, at: Instant, shadows: z.array(Shadow) }),
  z.object({ state: z.literal("Refused"), ...lockdownLife, at: Instant, reasons: z.array(Refusal) }),
  z.object({ state: z.literal("Unlocking"), ...lockdownLife }),
  z.object({ state: z.literal("Unlocked"), ...lockdownLife, at: Instant }),
]);

/** The lockdowns of one cloud, by VM. Kept for ever, also once unlocked: the row says which policies are past. */
export const lockdownsTable = (cloud: Cloud): Table<LockdownState> =>
  defineTable({
    name: `enforcer-${cloud}.lockdowns`,
    schema: LockdownRow,
    indexes: { due: (lockdown) => (lockdown.state === "Unlocked" ? undefined : lockdown.nextTry) },
    expiresAfter: () => undefined,
  });
