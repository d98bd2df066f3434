import { SallyportError } from "@sallyport/contracts";
import type { EnrolmentEvent } from "@sallyport/contracts";
import type { ScannerParts } from "./deps.ts";
import { judgeScope } from "./judge-scope.ts";
import { enrolments } from "./tables.ts";

/**
 * Takes down what was decided of a scope, and judges its VMs again at once: what is withdrawn is not evaluated, what is enrolled again
 * is, by what was last seen. Repeated as a whole when it dies half-way.
 */
export const onEnrolment =
  (parts: ScannerParts) =>
  async (event: EnrolmentEvent): Promise<void> => {
    const { enrolment } = event.data;
    const row = await parts.records.get(enrolments, enrolment.scope);
    if (row !== undefined && row.value.version > enrolment.version) return;
    if ((await parts.records.put(enrolments, enrolment.scope, enrolment, row?.version ?? 0)) === "stale")
      throw new SallyportError({
        code: "backbone.stale",
        detail: `another writer took down what was decided of ${enrolment.scope}`,
      });
    await judgeScope(parts, enrolment.scope, {
      causationId: event.id,
      correlationId: event.correlationid,
      now: parts.clock.now(),
    });
  };
