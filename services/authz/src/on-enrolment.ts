import type { EnrolmentEvent } from "@sallyport/contracts";
import type { HandlerDeps } from "./deps.ts";
import { putNewer } from "./put-newer.ts";
import { enrolments } from "./tables.ts";

/** Takes down the newest decision about a scope. What waits for people there is refused when they have agreed. */
export const onEnrolment =
  ({ records }: HandlerDeps) =>
  async ({ data: { enrolment } }: EnrolmentEvent): Promise<void> => {
    await putNewer(records, enrolments, enrolment.scope, (known) =>
      known === undefined || known.version < enrolment.version ? enrolment : undefined,
    );
  };
