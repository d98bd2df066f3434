import type {
  Address,
  GrantId,
  LockdownId,
  ObjectId,
  Port,
  Refusal,
  Seconds,
  SessionEffect,
  StoredChange,
  VmRef,
  Way,
} from "@sallyport/contracts";
import type { VmFacts } from "../recommendation/vm-facts.ts";
import type { AddressSet } from "./address-set.ts";
import type { Mark, Seal } from "./mark.ts";
import type { Stretch } from "./stretch.ts";
import type { Allow, Want, Withdraw } from "./want.ts";

/** One change of one firewall object, in the cloud's own terms. A value: printed, checked, stored, inverted. */
export interface Change<Rule> {
  readonly object: ObjectId;
  /** `put` writes a rule (or creates a group), `delete` removes one; `attach` and `detach` put a group onto an interface, or take it off. */
  readonly verb: "put" | "delete" | "attach" | "detach";
  readonly rule: Rule;
  /** On what is ours. */
  readonly mark?: Mark;
  /** Whom it is written for, marked or not, where the cloud's own trail is to say so. */
  readonly writtenFor?: GrantId | LockdownId;
}

/** Changes in the order in which they must be written; empty when the network is as wanted. */
export interface Plan<Rule> {
  readonly changes: readonly Change<Rule>[];
  /** For a lock-down: everything that undoes it, what was taken away before included. To be stored before the first write. */
  readonly inverse?: readonly StoredChange[];
}

/** A plan, or why there can be none, naming the object that decides (G7). */
export type Planned<Rule> =
  ({ readonly ok: true } & Plan<Rule>) | { readonly ok: false; readonly refusals: readonly [Refusal, ...Refusal[]] };

/** One kind of packet to one private address of the VM. Only the source is left open. */
export interface Flow {
  /** Private addresses are not unique: two VMs in different networks may share one. */
  readonly vm: VmRef;
  readonly destination: Address;
  readonly port: Port;
  readonly protocol: "tcp" | "udp";
}

/** One station on a packet's way, in words a person can act on. */
export interface Hop {
  readonly object: ObjectId;
  readonly kind: "nsg" | "security-group" | "firewall" | "public-address" | "admin-rule";
  readonly verdict: "allowed" | "denied" | "unknown";
  /** The rule that decides there. */
  readonly rule?: string;
  readonly detail: string;
}

/** Something in the network that claims to be ours. */
export interface Marked {
  readonly object: ObjectId;
  /** The rule's or group's name. */
  readonly rule: string;
  readonly mark: Mark;
  /** Whether the mark stands where it was signed for; if not it is reported, never acted on. */
  readonly verified: boolean;
}

/**
 * What a cloud's rules mean: everything that thinks about a network, and nothing that touches one. `Net` is plain JSON: the firewall
 * objects on the paths of some VMs, and those VMs. Planning, explaining, dry-run and scanning all use the same value.
 *
 * Laws (house.md §6): idempotence, undo, non-interference, validity, independence, reachability.
 */
export interface NetworkModel<Net, Rule> {
  /** The changes that make `net` agree with `want`, or why that cannot be. Idempotent: empty when it does already. */
  readonly plan: (net: Net, want: Want, seal: Seal) => Planned<Rule>;
  /** What the cloud will hold once `changes` are written. */
  readonly apply: (net: Net, changes: readonly Change<Rule>[]) => Net;
  /** Every source of the destination's family, exactly, as the firewall objects decide; routing and public addresses are not asked. */
  readonly reachable: (net: Net, flow: Flow) => AddressSet;
  /**
   * Ports at which what happens to packets for this VM may change: the first port of each interval in which every port is treated
   * alike, in any order. Port 1 need not be named.
   */
  readonly portBoundaries: (net: Net, vm: VmRef) => readonly Port[];
  /** Cheap and certain: `true` only when the very same rules decide about the flow in both. `false` says nothing. */
  readonly decidedAlike?: (before: Net, after: Net, flow: Flow) => boolean;
  /**
   * Addresses of a station on the way, of which no packet of anybody's own comes: they count as no source, whatever ranges they are in.
   * None, when absent.
   */
  readonly hops?: (net: Net, flow: Flow) => readonly Stretch[];
  /** Which hop decides about one source, by which rule. */
  readonly path: (net: Net, flow: Flow, source: Address) => readonly Hop[];
  /** Whose turn a change for `want` must take, fast objects first. */
  readonly objects: (net: Net, want: Want) => readonly ObjectId[];
  /** Whether a change of this object must take the object's turn; an NSG rule deleted by its own name need not. */
  readonly needsTurn: (object: ObjectId) => boolean;
  /**
   * Whether this change of a grant's does the same whatever else its object holds, and whoever else writes there: it may be written as
   * it was planned and checked, without another look. `false` where a plan depends on what others have there, as a priority does.
   */
  readonly standsAlone: (change: Change<Rule>) => boolean;
  /**
   * Milliseconds that lie at least between the beginnings of two writes of an object, when nothing is to be closed: what comes
   * meanwhile goes into the next one. Absent, or 0, where a write is cheap.
   */
  readonly gatherMs?: (object: ObjectId) => number;
  /** The VM's private addresses. */
  readonly addresses: (net: Net, vm: VmRef) => readonly Address[];
  /** The private addresses of every VM in `net`, for checking that a plan leaves all others alone. */
  readonly vms: (net: Net) => readonly VmRef[];
  /** Everything that claims to be ours. */
  readonly marked: (net: Net, seal: Seal) => readonly Marked[];
  /**
   * The network as it would be without what says that it belongs to a grant of ours, for telling others' exposure from our own; the
   * very same value where nothing does. The same network, when absent.
   */
  readonly withoutGrants?: (net: Net) => Net;
  /** Where to connect to, once the grant is open. */
  readonly ways: (net: Net, allow: Allow) => readonly Way[];
  /**
   * How long what a withdraw has left on purpose may stay: nothing that lets anybody in. `undefined` where nothing is left; never
   * anything, when absent.
   */
  readonly keptFor?: (net: Net, want: Withdraw, seal: Seal) => Seconds | undefined;
  /** What closing does to established connections. */
  readonly closing: (net: Net, vm: VmRef) => SessionEffect;
  /** The usual time until a rule on the VM's path is in force. */
  readonly openingTime: (net: Net, vm: VmRef) => Seconds;
  /** The longest that a write of the object usually takes, where that is more than the cloud's usual write time (settled.md §2). */
  readonly writeTime?: (object: ObjectId) => Seconds | undefined;
  /** What the recommendation asks about the VM; absent when `net` does not hold it. */
  readonly facts: (net: Net, vm: VmRef) => VmFacts | undefined;
  /** Reads a stored change back into the cloud's own terms; a change that is none of ours to apply is a bug. */
  readonly readStored: (stored: StoredChange) => Change<Rule>;
}
