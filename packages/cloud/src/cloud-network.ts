import type { Instant, ObjectId, Refusal, ScopeId, VmRef } from "@sallyport/contracts";
import type { Change } from "@sallyport/domain";
import type { Capabilities } from "./capabilities.ts";

/**
 * What became of one change. `done` and `already` are read off the cloud's answer (a lost reply is verified, then success).
 * `too-late`: `before` had passed, nothing was written. `refused`: for good, with the cloud's own code and words.
 * `skipped`: not tried, because one before it failed. A fault that may pass is thrown, retryable: read afresh and plan again.
 */
export type Outcome =
  | { readonly kind: "done" | "already" | "too-late" | "skipped" }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export interface Looked {
  readonly vms: readonly VmRef[];
  readonly objects: readonly ObjectId[];
  /**
   * For whoever has just looked, and will look again: what leads to the firewall objects (VMs, interfaces, networks, addresses) may be as
   * it was `RECENT_MS` ago. The objects themselves are fresh always.
   */
  readonly recentPath?: boolean;
  /**
   * No more than this needs: whether the VM is there, for an opening; for either, what decides about packets, and for whom. Without it
   * everything is read that a lockdown may have to take away and give back: ids and tags of single rules, and who refers to a group.
   * An adapter may read more than was asked for.
   */
  readonly onlyFor?: "opening" | "closing";
}

/**
 * The dumb half of a cloud: reads and writes, no planning, no batching, no SDK word across it. Retrying is for who calls;
 * waiting inside one call (a long-running operation) goes through the Clock.
 */
export interface CloudNetwork<Net, Rule> {
  readonly capabilities: Capabilities;
  /** Fresh from the cloud: every hop of today's path of the VMs, and the objects named, on a path or not. What is deleted is absent. */
  readonly read: (of: Looked) => Promise<Net>;
  /** Writes changes of one object, in order, one outcome each. Nothing is written once `before` has passed. */
  readonly write: (object: ObjectId, changes: readonly Change<Rule>[], before?: Instant) => Promise<readonly Outcome[]>;
  /** Everything of a scope, page by page: for the scanner, the sweep and verify. */
  readonly survey: (scope: ScopeId) => AsyncIterable<Net>;
}
