import type { Instant } from "@sallyport/contracts";
import type { Promises } from "@sallyport/backbone";
import type { Step } from "@sallyport/domain";

/** The promises of a step, as the ledger keeps them. All facts of one request share its correlation id (G8). */
export const promisesOf = <State>(step: Step<State>, correlationId: string, time: Instant): Promises => ({
  jobs: step.jobs,
  facts: step.facts.map(({ fact, step: name, cause }) => ({
    fact,
    step: name,
    causationId: cause,
    correlationId,
    time,
  })),
});
