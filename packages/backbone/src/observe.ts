/** What an adapter of the backbone tells whoever runs it: one log line and one metric each. Never on the way of a message. */
export type BackboneSignal =
  /** A partition waits for a retryable fault to pass; said again at each try. */
  | {
      readonly kind: "held";
      readonly group: string;
      readonly topic: string;
      readonly key: string;
      readonly tries: number;
      readonly waitMs: number;
      readonly fault: unknown;
    }
  /** A message could not be handled and went to the dead letters. */
  | {
      readonly kind: "dead-letter";
      readonly group: string;
      readonly topic: string;
      readonly key: string;
      readonly reason: string;
    }
  /** A job threw and comes back. */
  | {
      readonly kind: "job-failed";
      readonly lane: string;
      readonly id: string;
      readonly tries: number;
      readonly waitMs: number;
      readonly fault: unknown;
    }
  /** A job's lease ran out under a worker that lives: it may run twice. */
  | { readonly kind: "lease-lost"; readonly lane: string; readonly id: string }
  /** The servers or the file behind the adapter did not answer as expected; it goes on trying. */
  | { readonly kind: "unavailable"; readonly what: string; readonly fault: unknown };

export type Observe = (signal: BackboneSignal) => void;

/** A fault's own words. */
export const wordsOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));

/** The signal as a log line. */
export function describeSignal(signal: BackboneSignal): string {
  switch (signal.kind) {
    case "held":
      return `${signal.group} holds ${signal.topic} at ${signal.key}, try ${signal.tries}, again in ${signal.waitMs} ms: ${wordsOf(signal.fault)}`;
    case "dead-letter":
      return `${signal.group} gave up a message of ${signal.topic} about ${signal.key}: ${signal.reason}`;
    case "job-failed":
      return `job ${signal.id} failed, try ${signal.tries}, again in ${signal.waitMs} ms: ${wordsOf(signal.fault)}`;
    case "lease-lost":
      return `job ${signal.id} outlived its lease and may run twice`;
    case "unavailable":
      return `${signal.what} is unavailable: ${wordsOf(signal.fault)}`;
  }
}
