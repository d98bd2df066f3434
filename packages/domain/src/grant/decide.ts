import { cloudOf, earliest, plusMs, plusSeconds, refusal } from "@sallyport/contracts";
import type {
  Access,
  ClosingReason,
  CloudCalls,
  GrantId,
  Instant,
  Job,
  ObjectId,
  Receipt,
  Refusal,
  SessionEffect,
  VmRef,
  Way,
} from "@sallyport/contracts";
import { holds } from "../lockdown/state.ts";
import type { LockdownState } from "../lockdown/state.ts";
import { stepTo } from "../step.ts";
import type { Step } from "../step.ts";
import { endOf, isLive, objectsOf } from "./state.ts";
import type { Approved, Closing, GrantState, Leaving, Left, LiveGrant, Open, Opening } from "./state.ts";

/** How long a step may be under way before reconcile looks after it. */
export const STEP_LEASE_MS = 30_000;

/** What an `AccessApproved` says. */
export interface Approval {
  readonly access: Access;
  readonly notAfter: Instant;
  readonly approvedAt: Instant;
  readonly extends: boolean;
  /** Id of the event. */
  readonly cause: string;
}

const openJob = ({ vm, grantId }: Access): Job => ({ name: "OpenGrant", data: { cloud: cloudOf(vm), vm, grantId } });
const revokeJob = ({ vm, grantId }: Access): Job => ({
  name: "RevokeGrant",
  data: { cloud: cloudOf(vm), vm, grantId },
});

function failed(access: Access, reasons: readonly Refusal[], cause: string, now: Instant): Step<GrantState> {
  return stepTo<GrantState>(
    { state: "Failed", grantId: access.grantId, vm: access.vm, access, reasons, at: now },
    [],
    [
      {
        fact: { type: "sallyport.access.failed.v1", data: { access, reasons: [...reasons], at: now } },
        step: "failed",
        cause,
      },
    ],
  );
}

/**
 * A grant was approved, or a running one may go on. `wait`: the lockdown known here is older than the policy that the approval was
 * checked against; topics have no order between them. Nobody waits longer than the approval lasts. `undefined`: known already, or
 * over, no effect (G9).
 */
export function approve(
  grant: GrantState | undefined,
  approval: Approval,
  lockdown: LockdownState | undefined,
  now: Instant,
): Step<GrantState> | "wait" | undefined {
  const { access, notAfter, approvedAt, cause } = approval;
  if (approval.extends) {
    if (grant !== undefined) return extend(grant, approval, now);
    return notAfter <= now ? undefined : "wait";
  }
  if (grant?.state === "Failed" && grant.access === undefined) return failed(access, grant.reasons, cause, now);
  if (grant !== undefined) return undefined;
  if (notAfter <= now)
    return failed(access, [refusal("grant.too-late", `The grant would have ended at ${notAfter}.`)], cause, now);
  if (lockdown === undefined || lockdown.policyVersion < access.policyVersion) return "wait";
  const missing = access.ports.filter((wanted) => !holds(lockdown, wanted));
  if (missing.length > 0) {
    const reasons = missing.map(({ port, protocol }) =>
      refusal("policy.port-removed", `Port ${port}/${protocol} is not under lockdown on this VM.`, { field: "/ports" }),
    );
    return failed(access, reasons, cause, now);
  }
  const next: Approved = {
    state: "Approved",
    access,
    notAfter,
    approvedAt,
    cause,
    tries: 0,
    nextTry: plusMs(now, STEP_LEASE_MS),
  };
  // The closing first: no door opens before its closing is stored and scheduled (G1).
  return stepTo<GrantState>(next, [
    { job: revokeJob(access), due: notAfter },
    { job: openJob(access), due: now },
  ]);
}

function extend(grant: GrantState, { access, notAfter, cause }: Approval, now: Instant): Step<GrantState> | undefined {
  if (!isLive(grant) || grant.state === "Closing" || notAfter <= grant.notAfter || endOf(grant) <= now)
    return undefined;
  const later = { access, notAfter, extension: cause, tries: 0, nextTry: plusMs(now, STEP_LEASE_MS) };
  const next: LiveGrant = grant.state === "Open" ? { ...grant, ...later, expiresAt: notAfter } : { ...grant, ...later };
  return stepTo<GrantState>(next, [
    { job: revokeJob(access), due: notAfter },
    { job: openJob(access), due: now },
  ]);
}

export interface Revocation {
  readonly grantId: GrantId;
  readonly vm: VmRef;
  readonly reason: ClosingReason;
}

/** Somebody, or a rule of ours, ends the grant now. A grant that is not known yet is forestalled: the approval may still be on its way. */
export function revoke(
  grant: GrantState | undefined,
  { grantId, vm, reason }: Revocation,
  now: Instant,
): Step<GrantState> | undefined {
  if (grant === undefined) {
    return stepTo<GrantState>({
      state: "Failed",
      grantId,
      vm,
      reasons: [refusal("grant.revoked-before-opening", "The grant was given back before it was opened.")],
      at: now,
    });
  }
  if (!isLive(grant) || grant.state === "Closing") return undefined;
  return stepTo<GrantState>(closing(grant, reason, now), [{ job: revokeJob(grant.access), due: now }]);
}

function closing(grant: Approved | Opening | Open, reason: ClosingReason, now: Instant): Closing {
  const { access, notAfter, approvedAt, cause } = grant;
  const opened = grant.state === "Open" ? { openedAt: grant.openedAt } : {};
  return {
    state: "Closing",
    access,
    notAfter,
    approvedAt,
    cause,
    tries: 0,
    nextTry: now,
    objects: objectsOf(grant),
    ...opened,
    reason,
    since: earliest(now, endOf(grant)),
    overdue: false,
  };
}

/** The end has come. A door that was never seen open has failed to open (house.md §10); what may have been written is withdrawn first. */
export function expire(grant: Approved | Opening | Open, now: Instant): Step<GrantState> {
  if (grant.state === "Open") return stepTo<GrantState>(closing(grant, "expired", now));
  const last = grant.lastFault === undefined ? "" : ` What stood in the way last: ${grant.lastFault}`;
  return refuseOpening(
    grant,
    [refusal("grant.too-late", `The end, ${endOf(grant)}, came before the door could be opened.${last}`)],
    now,
  );
}

/** About to write at these objects: the row has to know them first, so that closing finds whatever comes of it. */
export function startOpening(
  grant: Approved | Opening | Open,
  objects: readonly ObjectId[],
  now: Instant,
): Step<GrantState> {
  const all = [...new Set([...objectsOf(grant), ...objects])];
  const lease = plusMs(now, STEP_LEASE_MS);
  return stepTo<GrantState>(
    grant.state === "Open" ? { ...grant, objects: all } : { ...grant, state: "Opening", objects: all, nextTry: lease },
  );
}

/** Are these objects all known to the row already? */
export const knows = (grant: Approved | Opening | Open, objects: readonly ObjectId[]): boolean =>
  grant.state !== "Approved" && objects.every((object) => grant.objects.includes(object));

/** The cloud shows the door open. */
export function opened(
  grant: Approved | Opening,
  seen: { readonly ways: readonly Way[]; readonly closing: SessionEffect; readonly cloudCalls?: CloudCalls },
  now: Instant,
): Step<GrantState> {
  const { access, notAfter, cause, extension, approvedAt } = grant;
  const expiresAt = extension === undefined ? earliest(notAfter, plusSeconds(now, access.duration)) : notAfter;
  const objects = objectsOf(grant);
  const next: Open = {
    state: "Open",
    access,
    notAfter,
    approvedAt,
    cause,
    tries: 0,
    nextTry: expiresAt,
    objects,
    openedAt: now,
    expiresAt,
  };
  return stepTo<GrantState>(next, expiresAt < notAfter ? [{ job: revokeJob(access), due: expiresAt }] : [], [
    {
      fact: {
        type: "sallyport.access.granted.v1",
        data: {
          access,
          openedAt: now,
          expiresAt,
          ways: [...seen.ways],
          objects: [...objects],
          closing: seen.closing,
          ...(seen.cloudCalls !== undefined && { cloudCalls: seen.cloudCalls }),
        },
      },
      step: "granted",
      cause,
    },
    ...(extension === undefined
      ? []
      : [
          {
            fact: { type: "sallyport.access.extended.v1" as const, data: { access, expiresAt, at: now } },
            step: "extended",
            cause: extension,
          },
        ]),
  ]);
}

/** The cloud shows the new end; `undefined` when there was no extension to tell of. */
export function extended(grant: Open, now: Instant): Step<GrantState> | undefined {
  const { extension, ...rest } = grant;
  if (extension === undefined) return undefined;
  return stepTo<GrantState>(
    { ...rest, tries: 0, nextTry: grant.expiresAt },
    [],
    [
      {
        fact: {
          type: "sallyport.access.extended.v1",
          data: { access: grant.access, expiresAt: grant.expiresAt, at: now },
        },
        step: "extended",
        cause: extension,
      },
    ],
  );
}

/** The door had been open, and something had to be written at an object that the row knew: somebody had shut it. It is back, and told. */
export const reopened = (grant: Open, object: ObjectId, now: Instant): Step<GrantState> =>
  stepTo<GrantState>(
    grant,
    [],
    [
      {
        fact: {
          type: "sallyport.access.drift-detected.v1",
          data: {
            vm: grant.access.vm,
            object,
            kind: "missing",
            detail: `what grant ${grant.access.grantId} had put there was changed or deleted by someone else, and has been put back`,
            at: now,
          },
        },
        step: `drift-${now}`,
        cause: grant.cause,
      },
    ],
  );

/** The network does not allow it, for good. What may have been written is withdrawn first; only then is it `Failed`. */
export function refuseOpening(
  grant: Approved | Opening | Open,
  reasons: readonly [Refusal, ...Refusal[]],
  now: Instant,
): Step<GrantState> {
  if (grant.state === "Approved") return failed(grant.access, reasons, grant.cause, now);
  return stepTo<GrantState>({ ...closing(grant, "opening-failed", now), failure: reasons }, [
    { job: revokeJob(grant.access), due: now },
  ]);
}

/** Nothing that carries the grant's mark lets anybody in: read back. `left`: what stays for a while so that connections live on. */
export function closed(
  grant: Closing,
  receipt: Receipt,
  now: Instant,
  { cloudCalls, left }: { readonly cloudCalls?: CloudCalls; readonly left?: Left | undefined } = {},
): Step<GrantState> {
  const { access, reason, failure, cause, openedAt } = grant;
  if (failure !== undefined && openedAt === undefined) return failed(access, failure, cause, now);
  return stepTo<GrantState>(
    { state: "Closed", access, reason, receipt, at: now, ...(left !== undefined && { left }) },
    [],
    [
      {
        fact: {
          type: "sallyport.access.revoked.v1",
          data: { access, reason, receipt, ...(cloudCalls !== undefined && { cloudCalls }) },
        },
        step: "revoked",
        cause,
      },
    ],
  );
}

/** What had been left was collected, or what of it still cannot go is looked at again. */
export function collected({ left: _left, ...grant }: Leaving, left: Left | undefined): Step<GrantState> {
  return stepTo<GrantState>({ ...grant, ...(left !== undefined && { left }) });
}

/** What was left is in the way of others: it goes now. */
export const collectNow = (grant: Leaving, now: Instant): Step<GrantState> =>
  stepTo<GrantState>({ ...grant, left: { ...grant.left, until: earliest(now, grant.left.until) } });

export interface Setback {
  readonly fault: string;
  /** When to try again. */
  readonly nextTry: Instant;
  /** The instant from which a grant that is still closing counts as overdue. */
  readonly overdueFrom: Instant;
}

/** A step failed for the moment. The next try is stored, and put as a job of its own (B2). */
export function retry(grant: LiveGrant, { fault, nextTry, overdueFrom }: Setback, now: Instant): Step<GrantState> {
  const tries = grant.tries + 1;
  const { access, cause } = grant;
  if (grant.state !== "Closing")
    return stepTo<GrantState>({ ...grant, tries, nextTry, lastFault: fault }, [{ job: openJob(access), due: nextTry }]);
  const tell = !grant.overdue && overdueFrom <= now;
  return stepTo<GrantState>(
    { ...grant, tries, nextTry, lastFault: fault, overdue: grant.overdue || tell },
    [{ job: revokeJob(access), due: nextTry }],
    tell
      ? [
          {
            fact: {
              type: "sallyport.access.overdue.v1",
              data: { access, end: grant.since, since: now, tries, lastFault: fault },
            },
            step: "overdue",
            cause,
          },
        ]
      : [],
  );
}
