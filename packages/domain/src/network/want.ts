import type {
  GrantId,
  Instant,
  LockdownId,
  LockdownOptions,
  ObjectId,
  PortAccess,
  PortSpec,
  StoredChange,
  VmRef,
} from "@sallyport/contracts";

/** The selected ports of a VM are to be closed. */
export interface LockDown {
  readonly kind: "lock-down";
  readonly vm: VmRef;
  readonly id: LockdownId;
  readonly ports: readonly PortSpec[];
  readonly options: LockdownOptions;
  /** What this lockdown has taken away so far; empty at first. A plan returns the whole, with what it takes away now. */
  readonly inverse: readonly StoredChange[];
}

/** What the lockdown took is to be given back, and whatever carries its mark is to go. */
export interface Unlock {
  readonly kind: "unlock";
  readonly vm: VmRef;
  readonly id: LockdownId;
  readonly inverse: readonly StoredChange[];
  /** Objects that carry, or carried, something of it, on today's path or not. */
  readonly objects: readonly ObjectId[];
}

/** Exactly these sources are to get in on exactly these ports, until `end`. */
export interface Allow {
  readonly kind: "allow";
  readonly vm: VmRef;
  readonly grantId: GrantId;
  readonly ports: readonly PortAccess[];
  /** Carried by the mark. */
  readonly end: Instant;
}

/** Whatever carries the grant's mark is to go, among the objects named and those on today's path. */
export interface Withdraw {
  readonly kind: "withdraw";
  readonly vm: VmRef;
  readonly grantId: GrantId;
  readonly objects: readonly ObjectId[];
  /** Also what may otherwise be kept for a while, empty, so that connections live on (`NetworkModel.keptFor`). */
  readonly collect?: true;
}

/** What the cloud should hold. Pure data: time and signatures come from elsewhere. */
export type Want = LockDown | Unlock | Allow | Withdraw;
