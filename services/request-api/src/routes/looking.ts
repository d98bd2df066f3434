import type { May } from "@sallyport/authorization";
import type { Refused } from "../http/answer.ts";
import { cannotLookUp } from "./cannot-look-up.ts";

/** `may`, asked on behalf of something that can be left out: what it leaves out is either not for the caller, or not known to be. */
export interface Looking {
  readonly may: May;
  /** What to answer where nothing could be found because a lookup failed; `undefined`: none has. */
  readonly failure: () => Refused | undefined;
}

export function lookingBy(may: May): Looking {
  let failed: Refused | undefined;
  return {
    may: async (...question) => {
      const decision = await may(...question);
      if (!decision.allowed) failed ??= cannotLookUp(decision);
      return decision;
    },
    failure: () => failed,
  };
}
