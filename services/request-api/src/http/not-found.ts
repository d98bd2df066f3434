import { errorKinds, refusal } from "@sallyport/contracts";
import type { Refused } from "./answer.ts";
import { refuse } from "./answer.ts";

/** The one answer to what is not there and to what the caller may not see, so that it tells nothing (settled.md §6). */
export const notFound = (field?: string): Refused =>
  refuse(refusal("request.not-found", errorKinds["request.not-found"].title, field === undefined ? {} : { field }));
