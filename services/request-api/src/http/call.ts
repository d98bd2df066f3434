import type { ApiKey, Instant, Principal, RequestId, Route } from "@sallyport/contracts";
import type { z } from "zod";
import type { Answer, Refused } from "./answer.ts";

/** One call of a route, parsed and authenticated. */
export interface Call<R extends Route> {
  /** Names this call; with an Idempotency-Key, the first one that came with it: what it creates bears this id. */
  readonly id: RequestId;
  /** When it came; with an Idempotency-Key, when the first one came. */
  readonly at: Instant;
  readonly principal: R extends { readonly public: true } ? undefined : Principal;
  /** The API key, where the caller is a machine. */
  readonly key: ApiKey | undefined;
  readonly params: z.infer<R["params"]>;
  readonly query: z.infer<R["query"]>;
  readonly body: R extends { readonly body: z.ZodType } ? z.infer<R["body"]> : undefined;
  readonly header: (name: string) => string | undefined;
  /** Path and query as called, for the links of a page. */
  readonly url: string;
  /** How long the caller would rather wait than be told "accepted" (`Prefer: wait`), in milliseconds. */
  readonly waitMs: number;
}

export type Handler<R extends Route> = (call: Call<R>) => Promise<Answer | Refused>;
