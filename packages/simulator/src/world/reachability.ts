/** A packet that opens a connection: to one port of one VM, from one address. */
export interface Packet {
  /** The cloud's canonical id of the VM, as `resolve` gives it. */
  readonly vm: string;
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  /** IPv4 or IPv6 address, no prefix. */
  readonly source: string;
}

export type Verdict = "allowed" | "denied" | "unknown";

/** One thing on the packet's way that let it pass, stopped it, or cannot be judged. */
export interface Hop {
  /** Id of the object that decided: an NSG, a group, a public address, the VM. */
  readonly object: string;
  readonly kind: string;
  /** Name or id of the rule that decided, where there is one. */
  readonly rule?: string;
  readonly verdict: Verdict;
  readonly why: string;
}

export interface Reach {
  readonly verdict: Verdict;
  readonly hops: readonly Hop[];
}

/** What happens to an established connection whose packets would not be let in anew. */
export interface Fate {
  readonly survives: boolean;
  readonly why: string;
}

/**
 * A cloud's own evaluation of one packet, independent of every planner: what would really happen to it now
 * (settled.md §5).
 */
export interface CloudReachability {
  /** The canonical id of the VM that is meant by this spelling; `undefined` when it is none of this cloud's or not unique. */
  readonly resolve: (vm: string) => string | undefined;
  readonly reachable: (packet: Packet) => Reach;
  /**
   * Asked when an established connection is no longer `allowed`: `opened` is how it got in, `now` how it would fare anew, `latest` how
   * its packets were let in just before. NSGs keep flows unless `flushConnection`; security groups keep those that are tracked by the
   * rules that let them in last (aws.md §4).
   */
  readonly survivesClosing: (packet: Packet, opened: Reach, now: Reach, latest: Reach) => Fate;
}
