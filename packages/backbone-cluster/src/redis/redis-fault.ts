import { SallyportError } from "@sallyport/contracts";
import { ReplyError } from "ioredis";

/** Answers of a server that is there and cannot just now. */
const FOR_NOW = /^(LOADING|READONLY|OOM|BUSY|MISCONF|NOREPLICAS|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|UNBLOCKED)\b/;

/**
 * No error of the library crosses the port (house.md §10): the server is away, or cannot for now, which is retryable. Any other
 * answer of it is a mistake of ours, and stays as it is.
 */
export function redisFault(doing: string, fault: unknown): unknown {
  if (fault instanceof SallyportError || !(fault instanceof Error)) return fault;
  if (fault instanceof ReplyError && !FOR_NOW.test(fault.message)) return fault;
  return new SallyportError({
    code: "backbone.unavailable",
    detail: `Redis, ${doing}: ${fault.message}`,
    cause: fault,
  });
}

/** `work`, with its faults put into our words. */
export async function inRedis<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (fault) {
    throw redisFault(doing, fault);
  }
}
