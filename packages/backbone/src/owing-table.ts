import { Instant, contractOf, readJob } from "@sallyport/contracts";
import type { Fact } from "@sallyport/contracts";
import { z } from "zod";
import type { PromisedFact, PromisedJob, Promises } from "./ledger.ts";
import { defineTable } from "./records.ts";
import type { Table } from "./records.ts";

/** A row as the ledger stores it: what it says, and what its last step still owes. */
export interface Owing<Value> {
  readonly value: Value;
  readonly owes: Promises;
}

/** The index by which reconcile finds rows that owe something, oldest promise first. */
export const OWING_INDEX = "owing";

const StoredJob = z
  .object({ job: z.object({ name: z.string(), data: z.unknown() }), due: Instant })
  .transform(({ job: { name, data }, due }, context): PromisedJob => {
    const job = readJob(name, data);
    if (job !== undefined) return { job, due };
    context.addIssue({ code: "custom", message: `no job of the catalogue: ${name}` });
    return z.NEVER;
  });

const StoredFact = z
  .object({
    fact: z.object({ type: z.string(), data: z.unknown() }),
    step: z.string(),
    causationId: z.string(),
    correlationId: z.string(),
    time: Instant,
  })
  .transform(({ fact: { type, data }, ...promise }, context): PromisedFact => {
    const parsed = contractOf(type)?.data.safeParse(data);
    // The schema of `type` has just parsed the data; TypeScript cannot see that the two belong together.
    if (parsed?.success === true) return { ...promise, fact: { type, data: parsed.data } as Fact };
    context.addIssue({ code: "custom", message: `no fact of the catalogue: ${type}` });
    return z.NEVER;
  });

const StoredPromises = z.object({ jobs: z.array(StoredJob), facts: z.array(StoredFact) });

export const owesNothing = ({ jobs, facts }: Promises): boolean => jobs.length === 0 && facts.length === 0;

const oldestOf = ({ jobs, facts }: Promises): Instant | undefined =>
  [...jobs.map(({ due }) => due), ...facts.map(({ time }) => time)].sort()[0];

/** The table that the ledger keeps for a table of its user: the same name and indexes, and one more to find what is owed. A row that owes is kept. */
export function owingTable<Value>(table: Table<Value>): Table<Owing<Value>> {
  if (OWING_INDEX in table.indexes) throw new Error(`${table.name} must not have an index ${OWING_INDEX} of its own`);
  const indexes = Object.entries(table.indexes).map(
    ([name, textOf]) => [name, ({ value }: Owing<Value>) => textOf(value)] as const,
  );
  return defineTable<Owing<Value>>({
    name: table.name,
    schema: z.object({ value: table.schema, owes: StoredPromises }),
    indexes: { ...Object.fromEntries(indexes), [OWING_INDEX]: ({ owes }: Owing<Value>) => oldestOf(owes) },
    expiresAfter: ({ value, owes }) => (owesNothing(owes) ? table.expiresAfter(value) : undefined),
  });
}
