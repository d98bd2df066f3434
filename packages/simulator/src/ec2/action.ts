import type { Instant } from "@sallyport/contracts";
import type { AwsRegion } from "../world/aws/region.ts";
import type { Query } from "./query.ts";
import type { Refusal } from "./refusal.ts";
import type { Names } from "./xml.ts";

/** What an action may know. It is a function of this: time and fresh ids are handed in. */
export interface ActionCall {
  readonly region: AwsRegion;
  readonly query: Query;
  readonly now: Instant;
  /** The same region of every other account. */
  readonly others: () => readonly AwsRegion[];
  /** Regions that the caller's account has. */
  readonly regionNames: readonly string[];
  /** A fresh id of the kind that begins so: `sg`, `sgr`. */
  readonly newId: (prefix: string) => string;
}

/** What became of a call: refused with nothing changed, or an answer and, for a write, the region as it is from now on. */
export type Outcome =
  | { readonly refused: Refusal }
  | {
      readonly answer: Readonly<Record<string, unknown>>;
      readonly next?: AwsRegion;
      /** An object that did not exist before. */
      readonly created?: string;
    };

/** One row of the table of actions. */
export interface Action {
  readonly kind: "read" | "write";
  /** Parameters without which the call is refused; a list `A|B` asks for one of them. */
  readonly required?: readonly string[];
  /** The parameter that names what a write is about, for the history. */
  readonly object?: string;
  /** Wire names of the answer's members that are special. */
  readonly names?: Names;
  readonly run: (call: ActionCall) => Outcome;
}

export const refused = (refusal: Refusal): Outcome => ({ refused: refusal });

export const done = (next: AwsRegion, answer: Readonly<Record<string, unknown>> = { Return: true }): Outcome => ({
  answer,
  next,
});
