import { LONGEST_BACKOFF_MS, backoffMs } from "@sallyport/backbone";
import type { Cancel, Clock, Observe, Random } from "@sallyport/backbone";
import { instantOf, msOf, readJob } from "@sallyport/contracts";
import type { Job, Lane } from "@sallyport/contracts";
import type { EmbeddedStore } from "./embedded-store.ts";
import { numberIn, textIn } from "./sql.ts";
import type { SqlRow } from "./sql.ts";

export interface LaneDeps {
  readonly store: EmbeddedStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: Observe;
  /** How long a job belongs to a worker that gives no sign of life. */
  readonly leaseMs: number;
}

/** A job that this worker has: `claims` counts who had it, so that an earlier owner changes nothing any more. */
export interface ClaimedJob {
  readonly id: string;
  readonly name: string;
  readonly data: string;
  readonly claims: number;
  readonly tries: number;
}

export interface LaneWorker {
  /** Takes what is due, and sets the alarm for what is not. */
  readonly wake: () => void;
  /** Keeps a slot for a job that is about to be stored; `undefined` when all are taken. */
  readonly reserve: () => Slot | undefined;
  /** Waits for the jobs that run, and starts nothing new. */
  readonly close: () => Promise<void>;
  /** As a kill would: what runs is never heard of again, and comes again when its lease is over. */
  readonly abandon: () => void;
}

export interface Slot {
  readonly start: (job: ClaimedJob) => void;
  readonly free: () => void;
}

export const laneChannel = (lane: Lane): string => `jobs ${lane}`;

/** Runs the jobs of one lane, several at once. */
export function createLaneWorker(
  { store, clock, random, observe, leaseMs }: LaneDeps,
  { lane, run, concurrency }: { lane: Lane; run: (job: Job) => Promise<void>; concurrency: number },
): LaneWorker {
  const running = new Set<Promise<void>>();
  const renewals = new Set<Cancel>();
  let reserved = 0;
  let stopping = false;
  let abandoned = false;
  let taking = false;
  let wokenMeanwhile = false;
  let cancelAlarm: Cancel = () => {};

  const nowMs = () => msOf(clock.now());
  const freeSlots = () => concurrency - running.size - reserved;
  const firstDue = () => {
    const row = store.read.first("SELECT due FROM jobs WHERE lane = ? ORDER BY due LIMIT 1", [lane]);
    return row === undefined ? undefined : numberIn(row, "due");
  };

  const claim = (atMost: number) =>
    store.write((sql) => {
      const now = nowMs();
      const rows = sql.all(
        "SELECT id, name, data, claims, tries FROM jobs WHERE lane = ? AND due <= ? ORDER BY due, rowid LIMIT ?",
        [lane, now, atMost],
      );
      for (const row of rows)
        sql.run("UPDATE jobs SET due = ?, held = 1, claims = claims + 1 WHERE id = ?", [
          now + leaseMs,
          textIn(row, "id"),
        ]);
      return rows.map(claimedJob);
    });

  /** Says, until it is taken back, that the job's worker lives. */
  const keepLease = ({ id, claims }: ClaimedJob): Cancel => {
    let ended = false;
    let cancelNext: Cancel = () => {};
    const arm = () => {
      cancelNext = clock.after(leaseMs / 3, () => {
        void store
          .write((sql) =>
            sql.run("UPDATE jobs SET due = ? WHERE id = ? AND claims = ?", [nowMs() + leaseMs, id, claims]),
          )
          .then((changed) => {
            if (changed === 0 && !ended) observe({ kind: "lease-lost", lane, id });
            if (changed !== 0 && !ended) arm();
          })
          .catch((fault: unknown) => {
            observe({ kind: "unavailable", what: `the lease of job ${id}`, fault });
            if (!ended) arm();
          });
      });
    };
    arm();
    const end = () => {
      ended = true;
      cancelNext();
      renewals.delete(end);
    };
    renewals.add(end);
    return end;
  };

  const runOne = async (claimed: ClaimedJob) => {
    const { id, claims, tries } = claimed;
    const endLease = keepLease(claimed);
    try {
      const job = readJob(claimed.name, JSON.parse(claimed.data));
      if (job === undefined) throw new Error(`no job of this version: ${claimed.name}`);
      await run(job);
      if (abandoned) return;
      await store.write((sql) => sql.run("DELETE FROM jobs WHERE id = ? AND claims = ?", [id, claims]));
    } catch (fault) {
      if (abandoned) return;
      const waitMs = backoffMs(tries + 1, random);
      observe({ kind: "job-failed", lane, id, tries: tries + 1, waitMs, fault });
      const again = nowMs() + waitMs;
      await store.write((sql) =>
        sql.run("UPDATE jobs SET due = ?, wanted = ?, held = 0, tries = tries + 1 WHERE id = ? AND claims = ?", [
          again,
          again,
          id,
          claims,
        ]),
      );
    } finally {
      endLease();
    }
  };

  const start = (claimed: ClaimedJob) => {
    const one = runOne(claimed)
      // The file did not take the outcome: the job comes again when its lease is over.
      .catch((fault: unknown) => observe({ kind: "unavailable", what: `the outcome of job ${claimed.id}`, fault }))
      .finally(() => {
        running.delete(one);
        wake();
      });
    running.add(one);
  };

  const takeWhatIsDue = async () => {
    do {
      wokenMeanwhile = false;
      const slots = freeSlots();
      const due = firstDue();
      if (slots <= 0 || due === undefined || due > nowMs()) break;
      reserved += slots;
      try {
        const claimed = await claim(slots);
        if (abandoned) return;
        reserved -= slots;
        for (const job of claimed) start(job);
      } catch (fault) {
        reserved -= slots;
        observe({ kind: "unavailable", what: `the jobs of ${lane}`, fault });
        break;
      }
    } while (!stopping);
  };

  const arm = () => {
    cancelAlarm();
    const due = firstDue();
    if (stopping || due === undefined) return;
    if (due > nowMs()) cancelAlarm = clock.at(instantOf(due), wake);
    // Due already: whoever finishes takes it; without anybody running, the file did not answer just now.
    else if (freeSlots() > 0) cancelAlarm = clock.after(backoffMs(1, random), wake);
  };

  const wake = () => {
    wokenMeanwhile = true;
    if (stopping || taking) return;
    taking = true;
    void (async () => {
      try {
        while (wokenMeanwhile && !stopping) await takeWhatIsDue();
        taking = false;
        if (!stopping) arm();
      } catch (fault) {
        taking = false;
        observe({ kind: "unavailable", what: `the jobs of ${lane}`, fault });
        if (!stopping) cancelAlarm = clock.after(LONGEST_BACKOFF_MS, wake);
      }
    })();
  };

  const reserve = (): Slot | undefined => {
    if (stopping || freeSlots() <= 0) return undefined;
    reserved++;
    return {
      start: (job) => {
        reserved--;
        if (!abandoned) start(job);
      },
      free: () => {
        reserved--;
        wake();
      },
    };
  };

  return {
    wake,
    reserve,
    close: async () => {
      stopping = true;
      cancelAlarm();
      await Promise.all(running);
    },
    abandon: () => {
      stopping = true;
      abandoned = true;
      cancelAlarm();
      for (const end of renewals) end();
    },
  };
}

const claimedJob = (row: SqlRow): ClaimedJob => ({
  id: textIn(row, "id"),
  name: textIn(row, "name"),
  data: textIn(row, "data"),
  claims: numberIn(row, "claims") + 1,
  tries: numberIn(row, "tries"),
});
