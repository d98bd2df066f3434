import { instantOf, msOf } from "@sallyport/contracts";
import type { GrantId, Instant, LockdownId, ObjectId } from "@sallyport/contracts";

/** What a rule of ours claims about itself. A grant's end is an instant; a lockdown has none and is never swept. */
export type Claim =
  | { readonly kind: "grant"; readonly id: GrantId; readonly end: Instant }
  | { readonly kind: "lockdown"; readonly id: LockdownId };

/** The claim as it stands on a rule, signed. */
export interface Mark {
  readonly claim: Claim;
  /** Letters, digits, `-` and `_`, at most 24. */
  readonly keyId: string;
  /** First 16 bytes of the HMAC-SHA256, base64url. */
  readonly signature: string;
}

/** Where a mark stands. The signature covers it, so that a mark cannot be moved to another rule. */
export interface Place {
  readonly object: ObjectId;
  /** The rule's or group's name. */
  readonly rule: string;
}

/** Signing and checking need `node:crypto`: they are passed in by enforcement (settled.md §1). A dry run passes one that signs `unsigned`. */
export interface Seal {
  readonly sign: (claim: Claim, place: Place) => Mark;
  readonly verifies: (mark: Mark, place: Place) => boolean;
}

/** What an NSG rule's description may hold (azure.md §7). */
const LONGEST = 140;
/** The last second with a four-digit year, which is all that an Instant can say. */
const LAST_SECOND = 253_402_300_799;

const MARK = /(?:^|\s)sp1\.([a-z0-9]{8,32})\.(-|[0-9a-z]{1,8})\.([A-Za-z0-9_-]{1,24})\.([A-Za-z0-9_-]{1,22})$/;

/** Whole seconds, rounded up: a sweep never cuts a grant short. */
const endSecond = (end: Instant): number => Math.ceil(msOf(end) / 1000);
const endText = (claim: Claim): string => (claim.kind === "lockdown" ? "-" : endSecond(claim.end).toString(36));

/**
 * The mark as it is written onto a rule (settled.md §4): a sentence for people, then what machines read. At most 140 characters;
 * more is a bug of whoever chose the ids.
 */
export function markText({ claim, keyId, signature }: Mark): string {
  const sentence =
    claim.kind === "lockdown"
      ? "Sallyport keeps these ports closed"
      : `Sallyport access until ${instantOf(endSecond(claim.end) * 1000)
          .slice(0, 16)
          .replace("T", " ")} UTC`;
  const text = `${sentence} sp1.${claim.id}.${endText(claim)}.${keyId}.${signature}`;
  if (text.length > LONGEST || !MARK.test(text)) throw new Error(`not a mark that could be read back: ${text}`);
  return text;
}

/** Reads a mark off a description or tag, whatever its sentence says; `undefined` when there is none. Whether it is genuine, a Seal says. */
export function readMark(text: string): Mark | undefined {
  const [, id, end, keyId, signature] = MARK.exec(text) ?? [];
  if (id === undefined || end === undefined || keyId === undefined || signature === undefined) return undefined;
  if (end === "-") return { claim: { kind: "lockdown", id: id as LockdownId }, keyId, signature };
  const second = Number.parseInt(end, 36);
  if (second > LAST_SECOND) return undefined;
  return { claim: { kind: "grant", id: id as GrantId, end: instantOf(second * 1000) }, keyId, signature };
}

/** What is signed: kind, id, end, object and rule name, one a line, so that a mark is worth nothing anywhere else. */
export const signedText = (claim: Claim, place: Place): string =>
  ["sp1", claim.kind, claim.id, endText(claim), place.object, place.rule].join("\n");

/** Do two claims say the same, to the second that a mark can carry? */
export const sameClaim = (a: Claim, b: Claim): boolean =>
  a.kind === b.kind && a.id === b.id && endText(a) === endText(b);
