import { z } from "zod";
import { SallyportError } from "../errors.ts";
import { EventId, PrincipalId } from "../values/ids.ts";
import type { ScopeId } from "../values/ids.ts";
import { Instant } from "../values/instant.ts";
import { VmRef } from "../values/vm-ref.ts";
import { contractOf, subjectOf } from "./catalogue.ts";
import type { EventType, Fact } from "./catalogue.ts";
import type { Topic } from "./define-event.ts";

/** An Azure subscription id, or `<account>/<region>`. */
const Scope = z
  .string()
  .regex(/^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{12}\/[a-z0-9-]{3,32})$/)
  .brand<"ScopeId">();
/** `key:<id>`. */
const ApiKeySubject = PrincipalId.refine((id) => /^key:[0-9a-f]{32}$/.test(id));

/** CloudEvents 1.0, structured JSON. Extension attributes are lower-case letters only, as the specification asks. */
export const Envelope = z.object({
  specversion: z.literal("1.0"),
  id: EventId,
  /** The service that published it, e.g. `/sallyport/authz`. */
  source: z.string().min(1).max(256),
  type: z.string().min(1).max(128),
  /** The VM that it is about, the scope of a scan or an enrolment, or the API key: the key of its partition. */
  subject: z.union([VmRef, Scope, ApiKeySubject]),
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

type SubjectOf<F extends Fact> = F extends {
  readonly data: { readonly scan: unknown } | { readonly enrolment: unknown };
}
  ? ScopeId
  : F extends { readonly data: { readonly apiKey: unknown } }
    ? PrincipalId
    : VmRef;

/** One kind of fact in its envelope. */
type Sealed<F extends Fact> = F extends Fact
  ? F & Omit<Envelope, "data" | "type" | "subject"> & { readonly subject: SubjectOf<F> }
  : never;

/** A fact in its envelope. `switch (event.type)` narrows `event.data`, and `event.subject`. */
export type SallyportEvent = Sealed<Fact>;
export type EventOf<Type extends EventType> = Extract<SallyportEvent, { type: Type }>;

/** An event about a scope, and not about one VM. */
export type ScanEvent = Extract<SallyportEvent, { readonly data: { readonly scan: unknown } }>;
export const isScanEvent = (event: SallyportEvent): event is ScanEvent => "scan" in event.data;

/** That a scope was enrolled, or withdrawn. */
export type EnrolmentEvent = Extract<SallyportEvent, { readonly data: { readonly enrolment: unknown } }>;
export const isEnrolmentEvent = (event: SallyportEvent): event is EnrolmentEvent => "enrolment" in event.data;

/** An event about an API key, and not about a VM. */
export type ApiKeyEvent = Extract<SallyportEvent, { readonly data: { readonly apiKey: unknown } }>;
export const isApiKeyEvent = (event: SallyportEvent): event is ApiKeyEvent => "apiKey" in event.data;

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
): Sealed<F> {
  const envelope = {
    specversion: "1.0",
    id,
    source,
    subject: subjectOf(fact),
    time,
    datacontenttype: "application/json",
    correlationid: correlationId,
    causationid: causationId,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...fact,
  };
  // The subject was read off this very fact; TypeScript cannot see that the two belong together.
  return envelope as unknown as Sealed<F>;
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
  if (subjectOf(event) !== event.subject)
    throw new SallyportError({ code: "event.unreadable", detail: `${contract.name}: its subject is something else` });
  return event;
}

/** The topic that an event belongs on; a type outside the catalogue has none. */
export function topicOf(type: string): Topic {
  const contract = contractOf(type);
  if (contract === undefined) throw new Error(`${type} is not in the catalogue`);
  return contract.topic;
}
