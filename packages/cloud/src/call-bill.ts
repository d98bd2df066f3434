import { AsyncLocalStorage } from "node:async_hooks";
import type { CloudCalls } from "@sallyport/contracts";

/** What reaches a cloud: a read, a write, or the question whether an accepted write is in force. */
export type CallKind = "read" | "write" | "poll";

/** Told of every call that is made for whoever pays; `share` is less than 1 where several share one. */
export type Bill = (kind: CallKind, share: number) => void;

const nobody: Bill = () => undefined;
const bills = new AsyncLocalStorage<Bill>();

/** Everything that `run` calls, now and later, goes on this bill. */
export const billed = <T>(bill: Bill, run: () => T): T => bills.run(bill, run);

/** Who pays for what is called here. */
export const currentBill = (): Bill => bills.getStore() ?? nobody;

/** Adapters say it of each request, as it is sent. */
export const noteCall = (kind: CallKind): void => currentBill()(kind, 1);

export interface Tally {
  readonly bill: Bill;
  /** Rounded to hundredths. */
  readonly calls: () => CloudCalls;
}

/** Adds up. */
export function createTally(): Tally {
  const sums = { read: 0, write: 0, poll: 0 };
  const rounded = (sum: number) => Math.round(sum * 100) / 100;
  return {
    bill: (kind, share) => {
      sums[kind] += share;
    },
    calls: () => ({ reads: rounded(sums.read), writes: rounded(sums.write), polls: rounded(sums.poll) }),
  };
}
