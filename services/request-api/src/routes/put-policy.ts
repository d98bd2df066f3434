import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import type { Handler } from "../http/call.ts";
import { writePolicy } from "./write-policy.ts";

export const putPolicy =
  (deps: HandlerDeps): Handler<Routes["putPolicy"]> =>
  ({ id, principal, params, body, header }) =>
    writePolicy(deps, {
      vm: params.vmKey,
      principal,
      callId: id,
      preconditions: { ifMatch: header("if-match"), ifNoneMatch: header("if-none-match") },
      next: () => body,
    });
