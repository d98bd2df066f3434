/** Sends what came meanwhile as one request. */
export interface MicroBatcher<Message> {
  /** Resolves once all are acknowledged; order is kept, also between calls. */
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

/**
 * At most one request in flight (kafka.md §2.4): when none is, a message goes at once; otherwise it waits for the one before and
 * goes with all that has come meanwhile. No timer, and order by construction.
 */
export function createMicroBatcher<Message>(
  request: (messages: Message[]) => Promise<void>,
  bytesOf: (message: Message) => number,
): MicroBatcher<Message> {
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
      waiting.push({ messages, bytes, resolve, reject });
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
