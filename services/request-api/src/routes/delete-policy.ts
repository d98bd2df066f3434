import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { notFound } from "../http/not-found.ts";
import { commitRemoval, mayRemove } from "./remove-policy.ts";

export const deletePolicy =
  (deps: HandlerDeps): Handler<Routes["deletePolicy"]> =>
  async ({ id, principal, params: { vmKey: vm }, header }) => {
    const refused = await mayRemove(deps, { vm, principal });
    if (refused !== undefined) return refused;
    const preconditions = { ifMatch: header("if-match"), ifNoneMatch: header("if-none-match") };
    const removed = await commitRemoval(deps, { vm, principal, callId: id, preconditions });
    if (removed === "nothing-there") return notFound();
    return removed === "removed" ? answer(204) : removed;
  };
