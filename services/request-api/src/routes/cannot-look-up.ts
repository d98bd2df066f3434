import { errorKinds, refusal } from "@sallyport/contracts";
import type { Decision } from "@sallyport/domain";
import { refuse } from "../http/answer.ts";
import type { Refused } from "../http/answer.ts";

/** That rights cannot be looked up is said, but of nothing in particular. */
export const cannotLookUp = ({ missing }: Extract<Decision, { allowed: false }>): Refused | undefined => {
  const failed = missing.find(({ code }) => code === "rbac.lookup-failed");
  return failed && refuse(refusal(failed.code, errorKinds[failed.code].title));
};
