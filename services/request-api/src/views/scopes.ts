import { defineTable, owingTable } from "@sallyport/backbone";
import { Enrolment } from "@sallyport/contracts";
import type { EnrolmentEvent, ScopeId } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { upsert } from "./upsert.ts";

const WITHDRAWN = "withdrawn";
const PAGE = 500;

/** What was decided of a connected scope, of which this service is the only writer. */
export const scopesTable = defineTable<Enrolment>({
  name: "request-api.scopes",
  schema: Enrolment,
  indexes: { [WITHDRAWN]: ({ scope, status }) => (status === "Withdrawn" ? scope : undefined) },
  expiresAfter: () => undefined,
});

export const scopeRows = owingTable(scopesTable);

/** The row is written before its event, so this changes nothing, except where the records were lost and the log was not. */
export const projectEnrolment =
  ({ records }: Pick<HandlerDeps, "records">) =>
  async ({ subject, data: { enrolment } }: EnrolmentEvent): Promise<void> =>
    upsert(records, scopeRows, subject, (row) =>
      row !== undefined && row.value.version >= enrolment.version
        ? row
        : { value: enrolment, owes: { jobs: [], facts: [] } },
    );

/** What is enrolled now: what is connected, and not withdrawn. */
export async function enrolledNow({
  records,
  enrolled: connected,
}: Pick<HandlerDeps, "records" | "enrolled">): Promise<ReadonlySet<ScopeId>> {
  const enrolled = new Set(connected);
  for (let from = ""; ;) {
    const rows = await records.find(scopeRows, WITHDRAWN, from, "~", PAGE);
    for (const { value } of rows) enrolled.delete(value.value.scope);
    const last = rows.at(-1)?.value.value.scope;
    if (rows.length < PAGE || last === undefined) return enrolled;
    from = `${last} `;
  }
}
