import type { Refusal } from "@sallyport/contracts";

/** What a call is answered with, before it is written to the wire. */
export interface Answer {
  readonly kind: "answer";
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body that a repetition of the call gets, where it is another: a secret is told once, and not kept. */
  readonly kept?: unknown;
  /** Why, when this is a problem: for the log. */
  readonly refusals?: readonly Refusal[];
}

/** A refusal with every reason; the first one decides the status. Expected, so a value (house.md §10). */
export interface Refused {
  readonly kind: "refused";
  readonly refusals: readonly [Refusal, ...Refusal[]];
  readonly headers?: Readonly<Record<string, string>>;
}

export const answer = (status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  kind: "answer",
  status,
  headers,
  ...(body === undefined ? {} : { body }),
});

export const refuse = (first: Refusal, ...others: readonly Refusal[]): Refused => ({
  kind: "refused",
  refusals: [first, ...others],
});
