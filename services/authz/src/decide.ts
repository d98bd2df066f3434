import { isBefore, msBetween, plusSeconds, refusal, seconds } from "@sallyport/contracts";
import type {
  Access,
  ClosingReason,
  Instant,
  Principal,
  Refusal,
  ScopeId,
  Seconds,
  VmProfile,
} from "@sallyport/contracts";
import { checkRequest } from "@sallyport/domain";
import type { Decision, DurationLimits } from "@sallyport/domain";
import type { ApprovedRow, KnownPolicy, Rule, WaitingRow } from "./tables.ts";

/** One reason at least. */
export type Reasons = readonly [Refusal, ...Refusal[]];
export type Verdict =
  | { readonly kind: "approve"; readonly notAfter: Instant }
  | { readonly kind: "ask-approval"; readonly waitsUntil: Instant; readonly rule: Rule }
  | { readonly kind: "deny"; readonly reasons: Reasons };

/** The VM, and whether the requester may request access to it, looked up just now. */
export type GatheredVm =
  | { readonly state: "Gone"; readonly at: Instant }
  | {
      readonly state: "There";
      readonly profile: VmProfile;
      readonly requesterMay: Decision;
      /** When its scope was withdrawn, if it is (S30). */
      readonly withdrawnAt?: Instant | undefined;
    };

/** What was gathered to decide: facts, not ports. */
export interface Gathered {
  readonly vm: GatheredVm;
  /** `undefined`: the VM never had a policy. */
  readonly policy: KnownPolicy | undefined;
  readonly limits: DurationLimits;
  readonly now: Instant;
}

/**
 * The answer to a request: RBAC and policy, each asked anew, then whether a person has to agree (settled.md §6). Nobody is let in by
 * a request that was forgotten: once the time it asked for has passed, and an hour at least, it is refused.
 */
export function decideRequest(access: Access, gathered: Gathered): Verdict {
  const { now, policy } = gathered;
  if (!isBefore(now, plusSeconds(access.requestedAt, Math.max(access.duration, FORGOTTEN_AFTER))))
    return deny(
      refusal(
        "policy.end-in-the-past",
        "The time that was asked for passed before the request could be decided. Ask again.",
      ),
    );
  const checked = check(access, access.duration, gathered);
  if (!checked.ok) return deny(...checked.reasons);
  const approval = policy?.policy?.approval;
  return approval?.required === true
    ? { kind: "ask-approval", waitsUntil: plusSeconds(now, approval.waitAtMost), rule: approval }
    : approve(access, checked.profile, now);
}

const FORGOTTEN_AFTER = seconds(3600);

/** The answer once enough people have said yes. Roles and policies may have changed since the request, so both are asked again (P49). */
export function decideApproved({ access }: Pick<WaitingRow, "access">, gathered: Gathered): Verdict {
  const checked = check(access, access.duration, gathered);
  return checked.ok ? approve(access, checked.profile, gathered.now) : deny(...checked.reasons);
}

export interface AskedExtension {
  readonly by: Principal;
  readonly openUntil: Instant;
}

/**
 * Whether a running grant may go on until `openUntil`. The whole time it would be open is held against the policy, and there must be
 * enough left to write the new end before the old one comes (settled.md §2). An approval was given for the time asked then, so where
 * the policy asks for one, more time is a decision of its own: it waits for people until it would be too late, unless they have agreed.
 */
export function decideExtension(
  row: ApprovedRow,
  { by, openUntil }: AskedExtension,
  gathered: Gathered,
  isAgreed = false,
): Verdict {
  const { vm, policy, now } = gathered;
  if (by.id !== row.access.principal.id)
    return deny(refusal("auth.forbidden", "Only the holder of a grant may extend it."));
  if (row.openedAt === undefined)
    return deny(refusal("request.conflict", "The grant is not open yet. Try again once it is."));
  if (vm.state === "There" && msBetween(now, row.end) < vm.profile.openingTime * 1000)
    return deny(
      refusal(
        "grant.too-late",
        `The grant ends at ${row.end}, before a new end could be written. Ask for access anew.`,
      ),
    );
  if (!isBefore(row.end, openUntil))
    return deny(
      refusal("request.invalid", `The grant runs until ${row.end} already.`, {
        field: "/openUntil",
        expected: `later than ${row.end}`,
      }),
    );
  const total = seconds(Math.ceil(msBetween(row.openedAt, openUntil) / 1000));
  const checked = check(row.access, total, gathered);
  if (!checked.ok) return deny(...checked.reasons);
  const approval = policy?.policy?.approval;
  if (approval?.required !== true || isAgreed) return { kind: "approve", notAfter: openUntil };
  if (row.extension !== undefined)
    return deny(refusal("request.conflict", "Another extension of this grant waits for approval already."));
  const tooLate = plusSeconds(row.end, 0 - checked.profile.openingTime);
  const patience = plusSeconds(now, approval.waitAtMost);
  return { kind: "ask-approval", waitsUntil: isBefore(tooLate, patience) ? tooLate : patience, rule: approval };
}

type Checked = { readonly ok: true; readonly profile: VmProfile } | { readonly ok: false; readonly reasons: Reasons };

/** Everything that RBAC, the policy and the VM have against it; the VM's profile when nothing has. */
function check(access: Access, duration: Seconds, { vm, policy, limits }: Gathered): Checked {
  if (vm.state === "Gone") return { ok: false, reasons: [gone(vm.at)] };
  if (policy !== undefined && policy.policy === undefined) return { ok: false, reasons: [policyRemoved] };
  if (vm.withdrawnAt !== undefined) return { ok: false, reasons: [notEnrolled(vm.profile.scope, vm.withdrawnAt)] };
  const missing = vm.requesterMay.allowed ? [] : vm.requesterMay.missing;
  const [first, ...others] = [...missing, ...checkRequest(policy?.policy, { ports: access.ports, duration }, limits)];
  return first === undefined ? { ok: true, profile: vm.profile } : { ok: false, reasons: [first, ...others] };
}

export const deny = (...reasons: Reasons): Verdict => ({ kind: "deny", reasons });

export const gone = (at: Instant): Refusal => refusal("vm.gone", `The VM was not there any more at ${at}.`);

const notEnrolled = (scope: ScopeId, at: Instant): Refusal =>
  refusal("scope.not-enrolled", `${scope} was withdrawn at ${at}: nothing new is opened there.`, { object: scope });

export const policyRemoved: Refusal = refusal(
  "policy.removed",
  "The VM's JIT policy was removed, so its ports are not ours to open any more.",
);

export const notRunning: Refusal = refusal(
  "grant.terminal",
  "The grant is not running, so it cannot be extended. Ask for access anew.",
);

export const takenBack = (by: Principal, reason: ClosingReason): Refusal =>
  refusal(
    "grant.revoked-before-opening",
    reason === "given-back"
      ? "The request was taken back before it was decided."
      : `${by.displayName ?? by.id} revoked the request before it was decided.`,
  );

/** `notAfter` is fixed now: the end that was asked for, or the announced opening time and then the length (settled.md §2). */
const approve = ({ duration, endTime }: Access, { openingTime }: VmProfile, now: Instant): Verdict => ({
  kind: "approve",
  notAfter: endTime ?? plusSeconds(now, openingTime + duration),
});
