import type { GrantId, Instant, LockdownId, ObjectId } from "@sallyport/contracts";

/** What a rule of ours claims about itself. A grant's end is an instant; a lockdown has none and is never swept. */
export type Claim =
  | { readonly kind: "grant"; readonly id: GrantId; readonly end: Instant }
  | { readonly kind: "lockdown"; readonly id: LockdownId };

/** The claim as it stands on a rule, signed. */
export interface Mark {
  readonly claim: Claim;
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
