import { wait } from "@sallyport/backbone";
import type { Cancel, Clock, Observe } from "@sallyport/backbone";
import type { EachBatchPayload } from "kafkajs";
import { isTransient } from "./kafka-fault.ts";

/** How long a place that was reached may stay uncommitted: so much is handled again after a kill, which is ordinary (G9). */
const EVERY_MS = 100;
/** Bridges the restart of a broker, where somebody waits for the commit. */
const TRIES = 40;
const PAUSE_MS = 250;

/** A batch, as far as committing goes through it. */
export type CommitThrough = Pick<EachBatchPayload, "commitOffsetsIfNecessary" | "isRunning"> & {
  readonly batch: Pick<EachBatchPayload["batch"], "topic" | "partition">;
};

export interface Committer {
  /** Everything of the batch's partition up to this offset is done, durably; committed soon. */
  readonly reached: (payload: CommitThrough, offset: string) => void;
  /** Commits what was reached, now. Throws when that is impossible; then it comes again. */
  readonly flush: () => Promise<void>;
  /** What is not committed by now belongs to an earlier generation of the group. */
  readonly forget: () => void;
}

/**
 * Commits what members of a group have reached, all partitions in one request, at most ten times a second: one commit for each message
 * would cost the brokers more than the messages do. Through a batch, not the consumer: the consumer's own function silently does
 * nothing once it is asked to stop, and hides a rebalance in an error that ends the consumer for good.
 */
export function createCommitter({
  clock,
  group,
  observe,
}: {
  readonly clock: Clock;
  readonly group: string;
  readonly observe: Observe;
}): Committer {
  const pending = new Map<string, Map<number, bigint>>();
  let through: CommitThrough | undefined;
  let cancel: Cancel | undefined;
  let flushing: Promise<void> = Promise.resolve();

  const arm = (): void => {
    cancel ??= clock.after(EVERY_MS, () => {
      cancel = undefined;
      flushSoon();
    });
  };
  const note = (topic: string, partition: number, next: bigint): void => {
    const partitions = pending.get(topic) ?? new Map<number, bigint>();
    pending.set(topic, partitions);
    const known = partitions.get(partition);
    if (known === undefined || known < next) partitions.set(partition, next);
  };

  /** One request with all that was reached; what could not be committed for now is kept for the next. */
  const commit = async (): Promise<void> => {
    const payload = through;
    if (payload === undefined || pending.size === 0) return;
    const taken = [...pending].map(([topic, partitions]) => ({ topic, partitions: [...partitions] }));
    pending.clear();
    const topics = taken.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(([partition, next]) => ({ partition, offset: String(next) })),
    }));
    try {
      await payload.commitOffsetsIfNecessary({ topics });
    } catch (fault) {
      if (isForNow(fault))
        for (const { topic, partitions } of taken)
          for (const [partition, next] of partitions) note(topic, partition, next);
      throw fault;
    }
  };
  /** One after the other, so that no earlier place overwrites a later one. */
  const inTurn = (): Promise<void> => {
    const turn = flushing.catch(() => {}).then(commit);
    flushing = turn;
    return turn;
  };
  const flushSoon = (): void => {
    inTurn().catch((fault: unknown) => {
      // A rebalance is the library's to deal with; what was reached comes again.
      if (isForNow(fault)) arm();
      else if (!isTransient(fault)) observe({ kind: "unavailable", what: `a commit of ${group}`, fault });
    });
  };

  return {
    reached: (payload, offset) => {
      through = payload;
      note(payload.batch.topic, payload.batch.partition, BigInt(offset) + 1n);
      arm();
    },
    flush: async () => {
      cancel?.();
      cancel = undefined;
      for (let tries = 1; ; tries++) {
        try {
          return await inTurn();
        } catch (fault) {
          if (!isForNow(fault) || tries >= TRIES || through?.isRunning() !== true) throw fault;
          await wait(clock, PAUSE_MS);
        }
      }
    },
    forget: () => {
      cancel?.();
      cancel = undefined;
      pending.clear();
    },
  };
}

const isForNow = (fault: unknown): boolean => isTransient(fault) && !isRebalance(fault);

/** As the library tells it, by the protocol's name of the error. */
function isRebalance(fault: unknown): boolean {
  const type = fault instanceof Error && "type" in fault ? fault.type : undefined;
  return typeof type === "string" && REBALANCES.has(type);
}

const REBALANCES: ReadonlySet<string> = new Set([
  "REBALANCE_IN_PROGRESS",
  "NOT_COORDINATOR_FOR_GROUP",
  "ILLEGAL_GENERATION",
  "UNKNOWN_MEMBER_ID",
]);
