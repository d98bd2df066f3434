import { defineTable } from "@sallyport/backbone";
import { Finding, Instant, LockdownView, VmProfile, VmRef, seconds } from "@sallyport/contracts";
import { z } from "zod";

/** A lockdown as its events tell of it. */
const LockdownRow = LockdownView.extend({ policyVersion: z.int().nonnegative() });
export type LockdownRow = z.infer<typeof LockdownRow>;

/** What is known of a VM. Its parts come over two topics, which have no order between them. */
export const VmRow = z.object({
  vm: VmRef,
  profile: VmProfile.optional(),
  finding: Finding.optional(),
  lockdown: LockdownRow.optional(),
  goneAt: Instant.optional(),
});
export type VmRow = z.infer<typeof VmRow>;

/** A VM that a survey has seen. */
export type KnownVm = VmRow & { readonly profile: VmProfile; readonly finding: Finding };

export const isKnown = (row: VmRow | undefined): row is KnownVm =>
  row?.profile !== undefined && row.finding !== undefined;

const whenListed =
  (text: (row: KnownVm) => string) =>
  (row: VmRow): string | undefined =>
    isKnown(row) && row.goneAt === undefined ? text(row) : undefined;

/** How long a VM that is gone is remembered: 30 days. */
const KEPT = seconds(30 * 86_400);

export const vmsTable = defineTable<VmRow>({
  name: "request-api.vms",
  schema: VmRow,
  indexes: {
    vm: whenListed(({ vm }) => vm),
    status: whenListed(({ vm, finding }) => `${finding.status}\n${vm}`),
    scope: whenListed(({ vm, profile }) => `${profile.scope}\n${vm}`),
    name: whenListed(({ vm, profile }) => `${profile.name.toLowerCase()}\n${vm}`),
  },
  expiresAfter: ({ goneAt }) => (goneAt === undefined ? undefined : KEPT),
});
