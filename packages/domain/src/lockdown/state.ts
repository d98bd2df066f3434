import type {
  Instant,
  LockdownId,
  LockdownOptions,
  ObjectId,
  PortSpec,
  Refusal,
  Shadow,
  StoredChange,
  VmRef,
} from "@sallyport/contracts";
import { protocolsMeet } from "@sallyport/contracts";

/** What every lockdown holds, in whatever state. */
export interface LockdownLife {
  readonly id: LockdownId;
  readonly vm: VmRef;
  readonly ports: readonly PortSpec[];
  readonly options: LockdownOptions;
  /** The policy this follows. */
  readonly policyVersion: number;
  /** Id of the event that this follows. */
  readonly cause: string;
  /** What undoes everything this lockdown took away; stored and published before the first write. */
  readonly inverse: readonly StoredChange[];
  /** Objects that may carry something of it. */
  readonly objects: readonly ObjectId[];
  readonly tries: number;
  /** When the present step is tried again, or the lockdown is looked at again. */
  readonly nextTry: Instant;
  readonly lastFault?: string;
  /** What the last survey said of its interfaces and private addresses; to notice when that changes. */
  readonly place?: string;
}

export type LockdownState = LockdownLife &
  (
    | { readonly state: "Locking" }
    /** Read back: no source gets in to a selected port, but by a grant. */
    | { readonly state: "Locked"; readonly at: Instant }
    /** In place, but rules that are not ours let traffic through; they are named. */
    | { readonly state: "NotEffective"; readonly at: Instant; readonly shadows: readonly Shadow[] }
    /** The network does not allow it; looked at again when the policy changes, and from time to time. */
    | { readonly state: "Refused"; readonly at: Instant; readonly reasons: readonly Refusal[] }
    | { readonly state: "Unlocking" }
    /** Read back: as it was, but for what others changed. */
    | { readonly state: "Unlocked"; readonly at: Instant }
  );

/** Does the lockdown select this port now? Then there is something to open. */
export const holds = (lockdown: LockdownState, { port, protocol }: PortSpec): boolean =>
  lockdown.state !== "Unlocking" &&
  lockdown.state !== "Unlocked" &&
  lockdown.ports.some((one) => one.port === port && protocolsMeet(one.protocol, protocol));
