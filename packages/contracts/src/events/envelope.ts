import { z } from "zod";
import { SallyportError } from "../errors.ts";
import { EventId } from "../values/ids.ts";
import { Instant } from "../values/instant.ts";
import { VmRef } from "../values/vm-ref.ts";
import { contractOf, vmOf } from "./catalogue.ts";
import type { EventType, Fact } from "./catalogue.ts";
import type { Topic } from "./define-event.ts";

/** CloudEvents 1.0, structured JSON. Extension attributes are lower-case letters only, as the specification asks. */
export const Envelope = z.object({
  specversion: z.literal("1.0"),
  id: EventId,
  /** The service that published it, e.g. `/sallyport/authz`. */
  source: z.string().min(1).max(256),
  type: z.string().min(1).max(128),
  subject: VmRef,
  time: Instant,
  datacontenttype: z.literal("application/json"),
  /** All events of one request share it. */
  correlationid: z.string().min(1).max(128),
  /** The id of the event or call that caused this one. */
  causationid: z.string().min(1).max(128),
  traceparent: z.string().max(128).optional(),
  data: z.unknown(),
});
export type Envelope = z.infer<typeof Envelope>;

/** A fact in its envelope. `switch (event.type)` narrows `event.data`. */
export type SallyportEvent = Fact & Omit<Envelope, "data" | "type">;
export type EventOf<Type extends EventType> = Extract<SallyportEvent, { type: Type }>;

export interface Sealing {
  readonly id: EventId;
  readonly source: string;
  readonly time: Instant;
  readonly correlationId: string;
  readonly causationId: string;
  readonly traceparent?: string;
}

/** Puts a fact into its envelope. The id must be derived from the cause and the step, so that a repeated step repeats it (G9). */
export function seal<F extends Fact>(
  fact: F,
  { id, source, time, correlationId, causationId, traceparent }: Sealing,
): F & Omit<Envelope, "data" | "type"> {
  return {
    specversion: "1.0",
    id,
    source,
    subject: vmOf(fact) as VmRef,
    time,
    datacontenttype: "application/json",
    correlationid: correlationId,
    causationid: causationId,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...fact,
  };
}

/** Reads a message of ours. Unknown fields pass; what cannot be read, or is of an unknown type or version, is a fault that no retry cures. */
export function open(bytes: string): SallyportEvent {
  let json: unknown;
  try {
    json = JSON.parse(bytes);
  } catch (cause) {
    throw new SallyportError({ code: "event.unreadable", detail: "not JSON", cause });
  }
  const envelope = Envelope.safeParse(json);
  if (!envelope.success)
    throw new SallyportError({
      code: "event.unreadable",
      detail: `not an envelope: ${z.prettifyError(envelope.error)}`,
    });
  const contract = contractOf(envelope.data.type);
  if (contract === undefined)
    throw new SallyportError({ code: "event.unknown-type", detail: `unknown type ${envelope.data.type}` });
  const data = contract.data.safeParse(envelope.data.data);
  if (!data.success)
    throw new SallyportError({ code: "event.unreadable", detail: `${contract.name}: ${z.prettifyError(data.error)}` });
  // The schema of `type` has just parsed `data`; TypeScript cannot see that the two belong together.
  const event = { ...envelope.data, type: contract.type, data: data.data } as SallyportEvent;
  if (vmOf(event) !== event.subject)
    throw new SallyportError({ code: "event.unreadable", detail: `${contract.name}: its subject is another VM` });
  return event;
}

/** The topic that an event belongs on; a type outside the catalogue has none. */
export function topicOf(type: string): Topic {
  const contract = contractOf(type);
  if (contract === undefined) throw new Error(`${type} is not in the catalogue`);
  return contract.topic;
}
