import { refusal } from "@sallyport/contracts";
import type { ApiKey, Refusal, Route } from "@sallyport/contracts";

/** Why this API key may not call this route; `undefined` when it may. A route that says nothing is for people only. */
export function checkKeyScope({ scopes }: ApiKey, { keyScopes }: Pick<Route, "keyScopes">): Refusal | undefined {
  if (keyScopes === undefined) return refusal("auth.scope-missing", "This call is for people: no API key may make it.");
  if (keyScopes === "any" || keyScopes.some((scope) => scopes.includes(scope))) return undefined;
  const wanted = keyScopes.join(" or ");
  return refusal("auth.scope-missing", `The API key needs the scope ${wanted}; it has ${scopes.join(", ")}.`, {
    expected: wanted,
  });
}
