import type { Clock } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";

/** Sends what came meanwhile as one request. */
export interface MicroBatcher<Message> {
  /**
   * Resolves once all are acknowledged; order is kept, also between calls. Throws `backbone.unavailable`, retryably, when they are not
   * within the patience; then those that are under way may still arrive, and those that are not never will.
   */
  readonly send: (messages: readonly Message[]) => Promise<void>;
  /** Resolves when nothing is under way. */
  readonly idle: () => Promise<void>;
}

/** Well below a broker's default limit of 1 MiB for what one request puts into one partition. */
const MOST_BYTES = 512 * 1024;

interface Waiting<Message> {
  readonly messages: readonly Message[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (fault: unknown) => void;
}

export interface MicroBatcherDeps<Message> {
  /** For errors: what is done. */
  readonly doing: string;
  /** May take long: it tries again by itself. */
  readonly request: (messages: Message[]) => Promise<void>;
  readonly bytesOf: (message: Message) => number;
  readonly clock: Clock;
  /** How long a caller waits. */
  readonly patienceMs: number;
}

/**
 * At most one request in flight (kafka.md §2.4): when none is, a message goes at once; otherwise it waits for the one before and
 * goes with all that has come meanwhile. No timer but that of patience, and order by construction.
 */
export function createMicroBatcher<Message>({
  doing,
  request,
  bytesOf,
  clock,
  patienceMs,
}: MicroBatcherDeps<Message>): MicroBatcher<Message> {
  let waiting: Waiting<Message>[] = [];
  let sending: Promise<void> | undefined;

  /** The oldest that fit into one request, at least one. */
  const take = () => {
    let bytes = 0;
    const end = waiting.findIndex((one) => (bytes += one.bytes) > MOST_BYTES);
    const batch = waiting.slice(0, end === -1 ? undefined : Math.max(1, end));
    waiting = waiting.slice(batch.length);
    return batch;
  };
  const drain = async () => {
    while (waiting.length > 0) {
      const batch = take();
      try {
        await request(batch.flatMap(({ messages }) => messages));
        for (const { resolve } of batch) resolve();
      } catch (fault) {
        for (const { reject } of batch) reject(fault);
      }
    }
    sending = undefined;
  };
  const enqueue = (messages: readonly Message[]) =>
    new Promise<void>((resolve, reject) => {
      const bytes = messages.reduce((sum, message) => sum + bytesOf(message), 0);
      const one: Waiting<Message> = {
        messages,
        bytes,
        resolve: () => {
          cancel();
          resolve();
        },
        reject: (fault) => {
          cancel();
          reject(fault);
        },
      };
      // What is under way cannot be taken back: the broker has it, or will have it once it is there again.
      const cancel = clock.after(patienceMs, () => {
        waiting = waiting.filter((other) => other !== one);
        const detail = `${doing}: no acknowledgement within ${patienceMs} ms`;
        reject(new SallyportError({ code: "backbone.unavailable", detail, retryable: true }));
      });
      waiting.push(one);
      sending ??= drain();
    });

  return {
    send: async (messages) => {
      await Promise.all(chunks(messages, bytesOf).map(enqueue));
    },
    idle: async () => {
      while (sending !== undefined) await sending;
    },
  };
}

function chunks<Message>(messages: readonly Message[], bytesOf: (message: Message) => number): Message[][] {
  const parts: Message[][] = [];
  let bytes = 0;
  for (const message of messages) {
    bytes += bytesOf(message);
    const last = parts.at(-1);
    if (last === undefined || bytes > MOST_BYTES) {
      parts.push([message]);
      bytes = bytesOf(message);
    } else last.push(message);
  }
  return parts;
}
