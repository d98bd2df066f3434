import { refusal } from "@sallyport/contracts";
import type { Principal } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { refuse } from "../http/answer.ts";
import type { Refused } from "../http/answer.ts";

/**
 * Who makes, sees and revokes API keys: whoever may write JIT policies in everything that is connected, since a key works everywhere.
 * `undefined`: the caller may.
 */
export async function mayNotManageKeys(
  { may, enrolled }: Pick<HandlerDeps, "may" | "enrolled">,
  principal: Principal,
): Promise<Refused | undefined> {
  const decisions = await Promise.all([...enrolled].map((scope) => may(principal, "manage-keys", { scope })));
  if (decisions.length === 0)
    return refuse(refusal("scope.not-enrolled", "Nothing is connected, so nobody administers anything here."));
  const [first, ...others] = decisions.flatMap((decision) => (decision.allowed ? [] : decision.missing));
  return first === undefined ? undefined : refuse(first, ...others);
}
