import { isApiKey, refusal } from "@sallyport/contracts";
import type { Principal, Routes } from "@sallyport/contracts";
import { canonicalPrincipalId } from "../auth/canonical-principal-id.ts";
import { refuse } from "../http/answer.ts";
import type { Refused } from "../http/answer.ts";
import type { Call } from "../http/call.ts";

/** Who is to get in, and who asked for them where it was not themselves. */
export interface Whose {
  readonly principal: Principal;
  readonly requestedBy?: Principal;
}

/**
 * Whose request a call is. Asking for somebody takes a right of its own, which only keys have, and the key has to name the person;
 * what that person may is looked at afterwards, and what the key may is not. Pure.
 */
export function whoseRequest({
  principal: caller,
  key,
  body,
}: Pick<Call<Routes["createAccessRequest"]>, "principal" | "key" | "body">): Whose | Refused {
  if (body.for === undefined)
    return key === undefined || key.scopes.includes("requests:write")
      ? { principal: caller }
      : refuse(lacks("requests:write", "To ask under its own name the API key needs"));
  const id = canonicalPrincipalId(body.for.principal);
  if (key?.scopes.includes("requests:on-behalf") !== true)
    return refuse(lacks("requests:on-behalf", "Asking for somebody takes an API key with"));
  if (isApiKey({ id }))
    return refuse(refusal("request.invalid", "A key asks for people, not for keys.", person("the id of a person")));
  if (key.onBehalfOf !== "*" && key.onBehalfOf?.includes(id) !== true)
    return refuse(
      refusal("auth.forbidden", "The API key does not name this person among those whom it may ask for.", {
        ...person("one of those that the key names"),
      }),
    );
  return { principal: { id }, requestedBy: caller };
}

const lacks = (scope: string, sentence: string) =>
  refusal("auth.scope-missing", `${sentence} the scope ${scope}.`, { field: "/for", expected: scope });

const person = (expected: string) => ({ field: "/for/principal", expected });
