import { wait } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import type { EachBatchPayload } from "kafkajs";
import { isTransient } from "./kafka-fault.ts";

const TRIES = 40;
const PAUSE_MS = 250;

/**
 * Commits everything up to `reached`, explicitly. Through the batch, not the consumer: the consumer's own function silently does
 * nothing once it is asked to stop, and hides a rebalance in an error that ends the consumer for good. Bridges the restart of a
 * broker; a rebalance is thrown on, to be dealt with by the library.
 */
export async function commitWith(clock: Clock, payload: EachBatchPayload, reached: string): Promise<void> {
  const { topic, partition } = payload.batch;
  const offset = String(BigInt(reached) + 1n);
  for (let tries = 1; ; tries++) {
    try {
      return await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
    } catch (fault) {
      if (!isTransient(fault) || isRebalance(fault) || tries >= TRIES || !payload.isRunning()) throw fault;
      await wait(clock, PAUSE_MS);
    }
  }
}

/** As the library tells it, by the protocol's name of the error. */
function isRebalance(fault: unknown): boolean {
  const type = fault instanceof Error && "type" in fault ? fault.type : undefined;
  return type === "REBALANCE_IN_PROGRESS" || type === "NOT_COORDINATOR_FOR_GROUP" || type === "ILLEGAL_GENERATION";
}
