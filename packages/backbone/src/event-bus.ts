import type { SallyportEvent, Topic } from "@sallyport/contracts";

/** Something that runs until it is closed. `close` waits for what is running, and starts nothing new. */
export interface Running {
  readonly close: () => Promise<void>;
}

/** Handles one event. Throw a retryable `SallyportError` to hold the partition; anything else thrown is a bug. It never calls a cloud. */
export type Handle = (event: SallyportEvent) => Promise<void>;

/**
 * What a group wants to hear about; the rest is passed over unread: half of all events are about another cloud's machines, and most
 * are of a type that it does nothing about. The same for every member of a group.
 */
export interface Interest {
  /** By subject; left out, every subject does. */
  readonly concerns?: (subject: string) => boolean;
  /** The types that its handler does something about; left out, all. A bus may pass over others unread, where it can tell. */
  readonly types?: ReadonlySet<string>;
  /**
   * How long what arrives may wait for what comes right after it, in milliseconds; 0 when left out. For those whom nobody waits for:
   * on a busy bus they take many events at once, where each by itself costs both sides a round trip.
   */
  readonly patienceMs?: number;
}

/**
 * Facts on their way between services: at least once, in order per VM.
 *
 * Kinds of failure in a handler (settled.md §3): a *retryable* fault pauses that VM's partition, uncommitted and loudly, for as long
 * as it lasts, while other partitions go on; a *bug* is tried five times and then goes, with the original bytes, to the dead-letter
 * topic, as does at once what cannot be read or is of an unknown type or version.
 */
export interface EventBus {
  /** Resolves once all are durable; several at once are one batch. Refuses what is not in the catalogue. */
  readonly publish: (events: readonly SallyportEvent[]) => Promise<void>;
  /** Every group gets every event; within a group each event goes to one member. A new group begins at the beginning. */
  readonly subscribe: (
    group: string,
    topics: readonly Topic[],
    handle: Handle,
    interest?: Interest,
  ) => Promise<Running>;
  /** Reads a topic from its beginning to what was its end at the call, outside any group. */
  readonly replay: (topic: Topic) => AsyncIterable<SallyportEvent>;
  /** What could not be handled, oldest first. */
  readonly deadLetters: () => AsyncIterable<DeadLetter>;
  readonly close: () => Promise<void>;
}

/** A message that could not be handled: the original bytes, where they came from, and why. */
export interface DeadLetter {
  readonly bytes: string;
  readonly topic: string;
  readonly key: string;
  readonly group: string;
  readonly reason: string;
}
