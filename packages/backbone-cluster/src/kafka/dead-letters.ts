import type { DeadLetter } from "@sallyport/backbone";
import type { Instant } from "@sallyport/contracts";
import type { IHeaders, KafkaMessage, Message } from "kafkajs";

/** Where a message that could not be handled came from, and why it could not. */
export interface DeadLetterOrigin {
  readonly topic: string;
  readonly partition: number;
  readonly group: string;
  readonly reason: string;
  readonly time: Instant;
}

const LONGEST_REASON = 2000;

/** The original bytes and key; everything else is in headers. */
export const deadLetterOf = (
  { key, value, offset, headers }: KafkaMessage,
  { topic, partition, group, reason, time }: DeadLetterOrigin,
): Message => ({
  key,
  value,
  headers: {
    ...headers,
    topic,
    partition: String(partition),
    offset,
    group,
    reason: reason.slice(0, LONGEST_REASON),
    time,
  },
});

export const readDeadLetter = ({ key, value, headers = {} }: KafkaMessage): DeadLetter => ({
  bytes: value?.toString() ?? "",
  topic: textIn(headers, "topic"),
  key: key?.toString() ?? "",
  group: textIn(headers, "group"),
  reason: textIn(headers, "reason"),
});

function textIn(headers: IHeaders, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value)?.toString() ?? "";
}
