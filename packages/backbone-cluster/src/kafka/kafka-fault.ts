import { SallyportError } from "@sallyport/contracts";
import kafkajs from "kafkajs";

// Not importable by name: Node finds only some of the names that this CommonJS module exports.
const { KafkaJSError, KafkaJSNumberOfRetriesExceeded } = kafkajs;

const rootOf = (fault: Error): Error => (fault.cause instanceof Error ? rootOf(fault.cause) : fault);

/** Whether the library itself would try again. */
export const isTransient = (fault: unknown): boolean => {
  if (fault instanceof KafkaJSNumberOfRetriesExceeded) return true;
  const root = fault instanceof Error ? rootOf(fault) : fault;
  return root instanceof KafkaJSError && root.retriable;
};

/** No error of the library crosses the port (house.md §10); what it does not know either is a bug, and stays as it is. */
export const kafkaFault = (doing: string, fault: unknown): unknown =>
  fault instanceof KafkaJSError
    ? new SallyportError({
        code: "backbone.unavailable",
        detail: `Kafka, ${doing}: ${fault.message}`,
        retryable: isTransient(fault),
        cause: fault,
      })
    : fault;

/** `work`, with its faults put into our words. */
export async function inKafka<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (fault) {
    throw kafkaFault(doing, fault);
  }
}
