import type { EventId, Fact, Instant, Job } from "@sallyport/contracts";

/** A job that a step promises, and when it is due. */
export interface PromisedJob {
  readonly job: Job;
  readonly due: Instant;
}

/** A fact that a step promises to publish. `step` makes its id repeatable: id = derived(cause, step) (G9). */
export interface PromisedFact {
  readonly fact: Fact;
  readonly step: string;
  readonly causationId: string;
  readonly correlationId: string;
  readonly time: Instant;
}

/** What a step owes besides its row. Kept jobs first, then facts: no door opens before its closing is scheduled (G1). */
export interface Promises {
  readonly jobs: readonly PromisedJob[];
  readonly facts: readonly PromisedFact[];
}

export const nothingOwed: Promises = { jobs: [], facts: [] };

/** A row as it was read. `version` 0: there is none yet. */
export interface Entry<Value> {
  readonly id: string;
  readonly value: Value | undefined;
  readonly version: number;
}

/** `stale`: somebody else was faster; load again and decide again. */
export type Committed<Value> = { readonly kind: "done"; readonly entry: Entry<Value> } | { readonly kind: "stale" };

/**
 * A row and its promises (house.md §5). `commit` writes the row with its promises in one compare-and-set, keeps them, then clears
 * them; `load` keeps whatever is still owed before it answers; reconcile finds the rest by index. So a crash between any two effects
 * loses nothing, in both ways to run, without a transaction across ports.
 */
export interface Ledger<Value> {
  readonly load: (id: string) => Promise<Entry<Value>>;
  readonly commit: (entry: Entry<Value>, next: Value, promises: Promises) => Promise<Committed<Value>>;
  /** Rows that still owe something, oldest first. */
  readonly owing: (limit: number) => Promise<readonly string[]>;
  /** Rows by one of the table's own indexes. */
  readonly find: (index: string, from: string, to: string, limit?: number) => Promise<readonly Entry<Value>[]>;
}

/** Derives an id from the cause and the step, the same whenever the step is repeated (UUID v5). Needs `node:crypto`, so it is passed in. */
export type DeriveEventId = (causationId: string, step: string) => EventId;
