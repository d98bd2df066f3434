import { isBefore, isService, refusal } from "@sallyport/contracts";
import type {
  Access,
  Approval,
  ApprovalRule,
  Instant,
  JitPolicy,
  Principal,
  PrincipalId,
  Refusal,
} from "@sallyport/contracts";
import type { Decision } from "../rbac/evaluate.ts";

/** How many have to agree, and who may. */
export type WhoAgrees = Pick<ApprovalRule, "needed" | "approvers" | "selfApproval">;

/** A decision that waits for people. */
export interface WaitsForPeople {
  readonly waitsUntil: Instant;
  /** Everybody whose yes ever counted. */
  readonly given: readonly Approval[];
  /** The last rule of the policy that asked for approval. */
  readonly rule: WhoAgrees;
}

/** What somebody said about a request, or an extension, that waits. */
export interface Word {
  readonly by: Principal;
  readonly approved: boolean;
  readonly comment?: string | undefined;
  readonly at: Instant;
}

/** Whether each of those who spoke may approve, looked up just now. Who is not in it may not. */
export type Standing = ReadonlyMap<PrincipalId, Decision>;

export type Heard =
  | { readonly kind: "agreed"; readonly approvals: readonly Approval[] }
  | {
      readonly kind: "wait";
      /** To be kept: everybody whose yes ever counted. */
      readonly given: readonly Approval[];
      /** To be told: whose does now. */
      readonly counting: readonly Approval[];
      readonly rule: WhoAgrees;
    }
  | { readonly kind: "deny"; readonly reasons: readonly [Refusal] };

export interface Circumstances {
  readonly access: Pick<Access, "principal" | "requestedBy">;
  readonly policy: JitPolicy | undefined;
  readonly standing: Standing;
  readonly now: Instant;
}

/**
 * What a word changes. Of people, not of words: whoever says yes twice counts once, and in whatever order they speak, the same people
 * are enough. A word that does not count changes nothing: that of a program, of who may not approve, and the requester's own unless
 * the policy takes it. A no that counts ends it. Pure.
 */
export function hearWord(waits: WaitsForPeople, word: Word, { access, policy, standing, now }: Circumstances): Heard {
  if (!isBefore(now, waits.waitsUntil)) return { kind: "deny", reasons: [expired(waits)] };
  const rule = ruleInForce(waits.rule, policy);
  const counts = (by: Principal): boolean =>
    !isService(by) && (rule.selfApproval || !isAsker(by.id, access)) && standing.get(by.id)?.allowed === true;
  const mayCount = !isService(word.by) && isUnknown(standing.get(word.by.id));
  if (!word.approved && (counts(word.by) || mayCount)) return { kind: "deny", reasons: [declined(word)] };
  const isNews = word.approved && counts(word.by) && !waits.given.some(({ by }) => by.id === word.by.id);
  const given = isNews ? [...waits.given, { by: word.by, at: word.at }] : waits.given;
  const counting = given.filter(({ by }) => counts(by));
  return counting.length >= rule.needed
    ? { kind: "agreed", approvals: counting }
    : { kind: "wait", given, counting, rule };
}

/** The policy's of now; a policy that asks for none any more does not open what waits: the last one that did still holds. */
export const ruleInForce = (last: WhoAgrees, policy: JitPolicy | undefined): WhoAgrees => {
  const approval = policy?.approval;
  return approval?.required === true ? approval : last;
};

/** Its rights cannot be looked up: a yes then does not count, and a no, which the API let pass, does. */
const isUnknown = (decision: Decision | undefined): boolean =>
  decision?.allowed === false && decision.missing.some(({ code }) => code === "rbac.lookup-failed");

const isAsker = (id: PrincipalId, { principal, requestedBy }: Circumstances["access"]): boolean =>
  id === principal.id || id === requestedBy?.id;

/** Why a decision that waited too long is a no. */
export const expired = ({ waitsUntil }: Pick<WaitsForPeople, "waitsUntil">): Refusal =>
  refusal("approval.expired", `Too few people approved until ${waitsUntil}. Ask again.`);

const declined = ({ by, comment }: Word): Refusal => {
  const who = by.displayName ?? by.id;
  return refusal("approval.denied", comment === undefined ? `${who} declined.` : `${who} declined: ${comment}`);
};
