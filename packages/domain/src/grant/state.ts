import type { Access, ClosingReason, GrantId, Instant, ObjectId, Receipt, Refusal, VmRef } from "@sallyport/contracts";

/** What every live grant holds. */
interface Life {
  readonly access: Access;
  /** The latest instant at which the door may be open; absolute, fixed at approval (settled.md §2). Carried by the mark. */
  readonly notAfter: Instant;
  readonly approvedAt: Instant;
  /** Id of the event that approved it. */
  readonly cause: string;
  /** Tries of the present step that failed, in a row. */
  readonly tries: number;
  /** When the present step is tried again, or looked after by reconcile. */
  readonly nextTry: Instant;
  readonly lastFault?: string;
  /** An extension that the cloud does not show yet: id of the event that approved it. */
  readonly extension?: string;
}

/** Nothing was written for it yet. */
export interface Approved extends Life {
  readonly state: "Approved";
}

/** Something may have been written, at these objects and no others. */
export interface Opening extends Life {
  readonly state: "Opening";
  readonly objects: readonly ObjectId[];
}

/** Read back as open. */
export interface Open extends Life {
  readonly state: "Open";
  readonly objects: readonly ObjectId[];
  readonly openedAt: Instant;
  /** min(`notAfter`, opened + duration): the user gets the time asked for (settled.md §2). */
  readonly expiresAt: Instant;
}

/** To be withdrawn, tried for ever: there is no "gave up" (guarantees.md). */
export interface Closing extends Life {
  readonly state: "Closing";
  readonly objects: readonly ObjectId[];
  readonly openedAt?: Instant;
  readonly reason: ClosingReason;
  /** When its end had come. */
  readonly since: Instant;
  /** Whether `AccessOverdue` was told. */
  readonly overdue: boolean;
  /** Why it could not be opened, when that is what closes it: it then ends `Failed`. */
  readonly failure?: readonly Refusal[];
}

/** What was left of a grant on purpose, so that connections live on: nothing that lets anybody in. */
export interface Left {
  /** Where it may be. */
  readonly objects: readonly ObjectId[];
  /** When it goes, or, where it could not, is looked at again. */
  readonly until: Instant;
}

/** Closed, read back. Terminal, but for what is left to collect. */
export interface Closed {
  readonly state: "Closed";
  readonly access: Access;
  readonly reason: ClosingReason;
  readonly receipt: Receipt;
  readonly at: Instant;
  readonly left?: Left;
}

/** Never opened, or taken back before it was known; nothing of it is in the network. Terminal. */
export interface Failed {
  readonly state: "Failed";
  readonly grantId: GrantId;
  readonly vm: VmRef;
  /** Absent when a revocation came before the approval: topics have no order between them. */
  readonly access?: Access;
  readonly reasons: readonly Refusal[];
  readonly at: Instant;
}

/** One grant's life: `Approved → Opening → Open → Closing → Closed`, or `Failed`. */
export type GrantState = Approved | Opening | Open | Closing | Closed | Failed;
export type LiveGrant = Approved | Opening | Open | Closing;

export const isLive = (grant: GrantState): grant is LiveGrant => grant.state !== "Closed" && grant.state !== "Failed";

/** Closed, and something of it is still to be collected. */
export type Leaving = Closed & { readonly left: Left };
export const isLeaving = (grant: GrantState): grant is Leaving => grant.state === "Closed" && grant.left !== undefined;

/** The objects that may carry something of the grant. */
export const objectsOf = (grant: LiveGrant): readonly ObjectId[] => (grant.state === "Approved" ? [] : grant.objects);

/** When the door has to be closed, as far as is known. */
export function endOf(grant: LiveGrant): Instant {
  switch (grant.state) {
    case "Approved":
    case "Opening":
      return grant.notAfter;
    case "Open":
      return grant.expiresAt;
    case "Closing":
      return grant.since;
  }
}
