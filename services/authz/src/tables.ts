import { defineTable } from "@sallyport/backbone";
import {
  Access,
  Approval,
  ApprovalRule,
  Enrolment,
  EventId,
  Instant,
  JitPolicy,
  Principal,
  VmProfile,
  VmRef,
  seconds,
} from "@sallyport/contracts";
import { z } from "zod";

/** Long after the last message about a grant, a policy or a VM has left the log: what comes again must find its row. */
const KEPT_FOR = seconds(30 * 86_400);

/** What authz knows of a VM's policy: the newest version, or that it was removed. */
export const KnownPolicy = z.object({ vm: VmRef, version: z.int().positive(), policy: JitPolicy.optional() });
export type KnownPolicy = z.infer<typeof KnownPolicy>;

export const policies = defineTable<KnownPolicy>({
  name: "authz.policies",
  schema: KnownPolicy,
  indexes: {},
  expiresAfter: ({ policy }) => (policy === undefined ? KEPT_FOR : undefined),
});

/** What authz knows of a VM: its profile of the last survey, or that it is gone. */
export const KnownVm = z.discriminatedUnion("state", [
  z.object({ state: z.literal("There"), profile: VmProfile }),
  z.object({ state: z.literal("Gone"), at: Instant }),
]);
export type KnownVm = z.infer<typeof KnownVm>;

export const vms = defineTable<KnownVm>({
  name: "authz.vms",
  schema: KnownVm,
  indexes: {},
  expiresAfter: ({ state }) => (state === "Gone" ? KEPT_FOR : undefined),
});

/** The newest that authz has heard of a scope's enrolment; nothing heard is nothing against it: request-api asks for nothing elsewhere. */
export const enrolments = defineTable<Enrolment>({
  name: "authz.scopes",
  schema: Enrolment,
  indexes: {},
  expiresAfter: () => undefined,
});

const ofRequest = {
  access: Access,
  /** What a fact that no message caused, as an approval that runs out, names as its cause. */
  requestEventId: z.string(),
  correlationId: z.string(),
};

/** How many have to agree, and who may: as the policy says when it is looked at. */
const Rule = ApprovalRule.pick({ needed: true, approvers: true, selfApproval: true });
export type Rule = z.infer<typeof Rule>;

const forPeople = {
  waitsUntil: Instant,
  /** Everybody whose yes ever counted; whether it still does is asked anew at each word. */
  given: z.array(Approval).default([]),
  /** The last rule of the policy that asked for approval. */
  rule: Rule.default({ needed: 1, selfApproval: false }),
};

/** The request waits for people. */
const Waiting = z.object({ ...ofRequest, state: z.literal("Waiting"), ...forPeople });

/** More time that waits for people, named by the event that asked for it. */
const Extension = z.object({ id: EventId, by: Principal, openUntil: Instant, ...forPeople });
export type ExtensionRow = z.infer<typeof Extension>;

/** The grant may run until `end`, as far as is known: the approved end, then the one that the cloud carries. */
const Approved = z.object({
  ...ofRequest,
  state: z.literal("Approved"),
  approvedBy: Principal.optional(),
  approvals: z.array(Approval).optional(),
  extension: Extension.optional(),
  end: Instant,
  /** Since when the door is open; absent until it is. */
  openedAt: Instant.optional(),
  /** The extensions that were answered, by event id: they may come again. */
  answered: z.array(z.string()),
});

const Denied = z.object({ ...ofRequest, state: z.literal("Denied") });

/** The grant has failed or is closed. */
const Ended = z.object({ ...ofRequest, state: z.literal("Ended"), answered: z.array(z.string()) });

/** What was decided about a grant, and what is left to be decided. */
export const DecisionRow = z.discriminatedUnion("state", [Waiting, Approved, Denied, Ended]);
export type DecisionRow = z.infer<typeof DecisionRow>;
export type WaitingRow = z.infer<typeof Waiting>;
export type ApprovedRow = z.infer<typeof Approved>;

/** The VM, while its request waits: its policy may go before anybody approves. */
export const BY_WAITING_VM = "waiting-by-vm";

export const decisions = defineTable<DecisionRow>({
  name: "authz.decisions",
  schema: DecisionRow,
  indexes: { [BY_WAITING_VM]: ({ state, access }) => (state === "Waiting" ? access.vm : undefined) },
  expiresAfter: ({ state }) => (state === "Denied" || state === "Ended" ? KEPT_FOR : undefined),
});
