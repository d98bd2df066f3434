import type { z } from "zod";

/** The topics, and how each is cleaned up (settled.md §3). */
export const topics = {
  "sallyport.access": { cleanup: "delete", holds: "requests, decisions, grants, and what people asked" },
  "sallyport.policy": { cleanup: "compact", holds: "the newest JIT policy of each VM" },
  "sallyport.lockdown": { cleanup: "compact", holds: "the newest state of each lockdown, its inverse included" },
  "sallyport.posture": {
    cleanup: "compact",
    holds: "the newest finding of each VM, what others need to know of it, and the newest scan of each scope",
  },
  "sallyport.scope": { cleanup: "compact", holds: "the newest enrolment of each subscription or account" },
  "sallyport.key": { cleanup: "compact", holds: "the newest state of each API key, never its secret" },
} as const;
export type Topic = keyof typeof topics;

/** Where messages go that cannot be handled, with their bytes, origin and reason. Not a topic of events. */
export const DEAD_LETTER_TOPIC = "sallyport.dead-letter";

/** One kind of event, defined once: types, parsing, JSON Schema, AsyncAPI, docs and fixtures are read off this value. */
export interface EventContract<Type extends string = string, Data extends z.ZodType = z.ZodType> {
  /** PascalCase, past tense. */
  readonly name: string;
  /** The wire type, dotted and versioned: the CloudEvents `type`. */
  readonly type: Type;
  readonly topic: Topic;
  /** One sentence: what happened. */
  readonly summary: string;
  readonly data: Data;
  /** Type-checked against the schema's input, and parsed by a test. */
  readonly example: z.input<Data>;
}

export const defineEvent = <
  const Type extends string,
  Data extends z.ZodType<
    | { vm: string }
    | { access: { vm: string } }
    | { policy: { vm: string } }
    | { lockdown: { vm: string } }
    | { scan: { scope: string } }
    | { apiKey: { id: string } }
    | { enrolment: { scope: string } }
  >,
>(
  contract: EventContract<Type, Data>,
): EventContract<Type, Data> => contract;
