import type { Fact, Instant, Job } from "@sallyport/contracts";

/** A fact to publish. Its id is derived from `cause` and `step`, so that the repeated step repeats it (G9). */
export interface StepFact {
  readonly fact: Fact;
  readonly step: string;
  /** Id of the event that caused it. */
  readonly cause: string;
}

/** What a decision comes to: the next state of a row, and what is promised with it. Written in one compare-and-set (house.md §5). */
export interface Step<State> {
  readonly next: State;
  readonly jobs: readonly { readonly job: Job; readonly due: Instant }[];
  readonly facts: readonly StepFact[];
}

export const stepTo = <State>(
  next: State,
  jobs: Step<State>["jobs"] = [],
  facts: Step<State>["facts"] = [],
): Step<State> => ({ next, jobs, facts });
