import { isBefore, msBetween, plusSeconds, refusal, seconds } from "@sallyport/contracts";
import type { Access, Instant, Principal, Refusal, Seconds } from "@sallyport/contracts";
import { checkRequest } from "@sallyport/domain";
import type { Decision, DurationLimits } from "@sallyport/domain";
import type { ApprovedRow, KnownPolicy, KnownVm, WaitingRow } from "./tables.ts";

/** One reason at least. */
export type Reasons = readonly [Refusal, ...Refusal[]];
export type Verdict =
  | { readonly kind: "approve"; readonly notAfter: Instant }
  | { readonly kind: "ask-approval"; readonly waitsUntil: Instant }
  | { readonly kind: "deny"; readonly reasons: Reasons };

/** What was gathered to decide: facts, not ports. */
export interface Gathered {
  readonly vm: KnownVm;
  /** `undefined`: the VM never had a policy. */
  readonly policy: KnownPolicy | undefined;
  /** Whether the requester may request access to the VM, looked up just now. */
  readonly requesterMay: Decision;
  readonly limits: DurationLimits;
  readonly now: Instant;
}

/** The answer to a request: RBAC and policy, each asked anew, then whether a person has to agree (settled.md §6). */
export function decideRequest(access: Access, gathered: Gathered): Verdict {
  const reasons = reasonsAgainst(access, access.duration, gathered);
  if (reasons !== undefined) return { kind: "deny", reasons };
  const approval = gathered.policy?.policy?.approval;
  return approval?.required === true
    ? { kind: "ask-approval", waitsUntil: plusSeconds(gathered.now, approval.waitAtMost) }
    : approve(access, gathered);
}

export interface GivenApproval {
  readonly by: Principal;
  readonly approved: boolean;
  readonly comment?: string | undefined;
  /** Whether the approver may approve, looked up just now. */
  readonly approverMay: Decision;
}

/**
 * The answer once a person has spoken. Roles and policies may have changed since the request, so both are asked again (P49). The
 * requester's own word does not count, nor that of a machine.
 */
export function decideApproval(row: WaitingRow, given: GivenApproval, gathered: Gathered): Verdict {
  const reasons =
    reasonsAgainstApproval(row, given, gathered.now) ?? reasonsAgainst(row.access, row.access.duration, gathered);
  return reasons === undefined ? approve(row.access, gathered) : { kind: "deny", reasons };
}

function reasonsAgainstApproval(row: WaitingRow, { by, approved, comment, approverMay }: GivenApproval, now: Instant) {
  const who = by.displayName ?? by.id;
  if (!isBefore(now, row.waitsUntil)) return [expired(row)] as const;
  if (!approved) return [denial(comment === undefined ? `${who} declined.` : `${who} declined: ${comment}`)] as const;
  if (by.id === row.access.principal.id) return [denial("Nobody approves a request of their own.")] as const;
  if (isMachine(by)) return [denial(`${who} is an integration; a person has to approve.`)] as const;
  if (!approverMay.allowed)
    return [denial(`${who} may not approve access to this VM.`), ...approverMay.missing] as const;
  return undefined;
}

/** Integrations have API keys; they may request, and never approve (http-and-cli.md §3.4). */
const isMachine = ({ id }: Principal): boolean => id.startsWith("key:");

const denial = (detail: string): Refusal => refusal("approval.denied", detail);

export const expired = ({ waitsUntil }: WaitingRow): Refusal =>
  refusal("approval.expired", `Nobody approved the request until ${waitsUntil}. Ask again.`);

export interface AskedExtension {
  readonly by: Principal;
  readonly openUntil: Instant;
}

/**
 * Whether a running grant may go on until `openUntil`. The whole time it would be open is held against the policy, and there must be
 * enough left to write the new end before the old one comes (settled.md §2). An approval was given for the time asked then, so where
 * the policy asks for one, more time takes a new request.
 */
export function decideExtension(row: ApprovedRow, { by, openUntil }: AskedExtension, gathered: Gathered): Verdict {
  const deny = (...reasons: Reasons): Verdict => ({ kind: "deny", reasons });
  const { vm, policy, now } = gathered;
  if (by.id !== row.access.principal.id)
    return deny(refusal("auth.forbidden", "Only the holder of a grant may extend it."));
  if (row.openedAt === undefined)
    return deny(refusal("request.conflict", "The grant is not open yet. Try again once it is."));
  if (msBetween(now, row.end) < vm.profile.openingTime * 1000)
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
  if (policy?.policy?.approval.required === true)
    return deny(
      refusal(
        "approval.denied",
        "The policy asks for approval, which was given for the time asked then. Ask for access anew.",
      ),
    );
  const total = seconds(Math.ceil(msBetween(row.openedAt, openUntil) / 1000));
  const reasons = reasonsAgainst(row.access, total, gathered);
  return reasons === undefined ? { kind: "approve", notAfter: openUntil } : { kind: "deny", reasons };
}

/** Everything that RBAC, the policy and the VM have against it; `undefined` when nothing. */
function reasonsAgainst(
  access: Access,
  duration: Seconds,
  { vm, policy, requesterMay, limits }: Gathered,
): Reasons | undefined {
  if (vm.goneAt !== undefined) return [gone(vm.goneAt)];
  if (policy !== undefined && policy.policy === undefined) return [policyRemoved];
  const missing = requesterMay.allowed ? [] : requesterMay.missing;
  const [first, ...others] = [...missing, ...checkRequest(policy?.policy, { ports: access.ports, duration }, limits)];
  return first === undefined ? undefined : [first, ...others];
}

export const gone = (at: Instant): Refusal => refusal("vm.gone", `The VM was not there any more at ${at}.`);

export const policyRemoved: Refusal = refusal(
  "policy.removed",
  "The VM's JIT policy was removed, so its ports are not ours to open any more.",
);

export const givenBack: Refusal = refusal(
  "grant.revoked-before-opening",
  "The request was taken back before it was decided.",
);

/** `notAfter` is fixed now: the announced opening time, then the time that was asked for (settled.md §2). */
const approve = ({ duration }: Access, { vm, now }: Gathered): Verdict => ({
  kind: "approve",
  notAfter: plusSeconds(now, vm.profile.openingTime + duration),
});
