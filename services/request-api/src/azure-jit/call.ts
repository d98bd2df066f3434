import type { Instant, Principal, RequestId } from "@sallyport/contracts";
import type { Answer } from "../http/answer.ts";
import type { ArmError } from "./arm-error.ts";

/** One call of Azure's API: who calls is known, and the version is one that is spoken. */
export interface ArmCall {
  readonly id: RequestId;
  readonly at: Instant;
  readonly principal: Principal;
  readonly query: URLSearchParams;
  /** Of the path as called, for the link to the next page: absolute, without a query. */
  readonly here: string;
  /** The body as JSON. */
  readonly body: unknown;
  /** Where the caller's connection comes from; `undefined` where a proxy is between. */
  readonly remoteAddress: string | undefined;
  /** The client's own id of this call, which it keeps when it sends it again. */
  readonly clientRequestId: string | undefined;
}

export type ArmAnswer = Answer | ArmError;
