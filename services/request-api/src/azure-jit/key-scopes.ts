import { routes } from "@sallyport/contracts";
import type { Route } from "@sallyport/contracts";
import type { Target } from "./target.ts";

/**
 * The scopes that an API key needs for a call of Azure's API: those of the calls of ours that do the same. Azure's bodies name nobody
 * to ask for, so initiate is for the key itself; writing policies is for people and their own programs, as under `/v1`.
 */
export function keyScopesFor({ kind }: Target, method: string): Pick<Route, "keyScopes"> {
  if (method === "POST" && kind === "initiate") return { keyScopes: ["requests:write"] };
  if (method !== "GET") return {};
  return kind === "assessments" || kind === "assessment" ? routes.listVms : routes.getPolicy;
}
