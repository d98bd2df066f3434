import { seal } from "@sallyport/contracts";
import type { EventBus } from "./event-bus.ts";
import { nothingOwed } from "./ledger.ts";
import type { DeriveEventId, Entry, Ledger, PromisedFact, Promises } from "./ledger.ts";
import { OWING_INDEX, owesNothing, owingTable } from "./owing-table.ts";
import type { Owing } from "./owing-table.ts";
import type { Records, Row, Table } from "./records.ts";
import type { WorkQueue } from "./work-queue.ts";

export interface LedgerDeps<Value> {
  readonly table: Table<Value>;
  readonly records: Records;
  readonly queue: WorkQueue;
  readonly bus: EventBus;
  readonly deriveEventId: DeriveEventId;
  /** Who publishes: the CloudEvents `source`, e.g. `/sallyport/authz`. */
  readonly source: string;
}

/** The index text of every promise lies between these: instants begin with a digit. */
const FIRST = "";
const LAST = "~";

/**
 * The ledger over the three ports, the same for both ways to run (house.md §5). Promises are kept in the order in which they were
 * given, jobs first: name the closing before the opening (G1). Every effect may be repeated: a job's id is its kind, subject and
 * due instant, an event's id is derived from its cause and step.
 */
export function createLedger<Value>({
  table,
  records,
  queue,
  bus,
  deriveEventId,
  source,
}: LedgerDeps<Value>): Ledger<Value> {
  const rows = owingTable(table);

  const sealed = ({ fact, step, causationId, correlationId, time }: PromisedFact) =>
    seal(fact, { id: deriveEventId(causationId, step), source, time, correlationId, causationId });

  const keep = async ({ jobs, facts }: Promises) => {
    for (const { job, due } of jobs) await queue.put(job, due);
    if (facts.length > 0) await bus.publish(facts.map(sealed));
  };

  /** Keeps what the row owes, then clears it. `undefined`: somebody wrote in between. */
  const heal = async (row: Row<Owing<Value>>): Promise<Row<Owing<Value>> | undefined> => {
    if (owesNothing(row.value.owes)) return row;
    await keep(row.value.owes);
    const cleared = { value: row.value.value, owes: nothingOwed };
    const written = await records.put(rows, row.id, cleared, row.version);
    return written === "done" ? { id: row.id, value: cleared, version: row.version + 1 } : undefined;
  };

  const load = async (id: string): Promise<Entry<Value>> => {
    for (;;) {
      const row = await records.get(rows, id);
      if (row === undefined) return { id, value: undefined, version: 0 };
      const healed = await heal(row);
      if (healed !== undefined) return entryOf(healed);
    }
  };

  return {
    load,

    commit: async ({ id, version }, next, promises) => {
      const owing = { value: next, owes: promises };
      if ((await records.put(rows, id, owing, version)) === "stale") return { kind: "stale" };
      const row = { id, value: owing, version: version + 1 };
      // A clear that comes too late means that somebody loaded the row, and so kept the promises, already.
      return { kind: "done", entry: entryOf((await heal(row)) ?? row) };
    },

    owing: async (limit) => (await records.find(rows, OWING_INDEX, FIRST, LAST, limit)).map(({ id }) => id),

    // Heals like `load`: a commit on what is found here must not overwrite promises that are still owed.
    find: async (index, from, to, limit) => {
      const found: Entry<Value>[] = [];
      for (const row of await records.find(rows, index, from, to, limit)) {
        const healed = await heal(row);
        found.push(healed === undefined ? await load(row.id) : entryOf(healed));
      }
      return found;
    },
  };
}

const entryOf = <Value>({ id, value, version }: Row<Owing<Value>>): Entry<Value> => ({
  id,
  value: value.value,
  version,
});
