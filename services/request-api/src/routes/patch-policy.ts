import { PolicyBody, fieldProblems, refusal } from "@sallyport/contracts";
import type { JitPolicy, PolicyPatch, Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { refuse } from "../http/answer.ts";
import type { Refused } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { mergePatch } from "../http/merge-patch.ts";
import { notFound } from "../http/not-found.ts";
import { policyText } from "../views/show-policy.ts";
import { writePolicy } from "./write-policy.ts";

export const patchPolicy =
  (deps: HandlerDeps): Handler<Routes["patchPolicy"]> =>
  async ({ id, principal, params, body, header }) =>
    writePolicy(deps, {
      vm: params.vmKey,
      principal,
      callId: id,
      preconditions: { ifMatch: header("if-match"), ifNoneMatch: header("if-none-match") },
      next: (current) => (current === undefined ? notFound() : patched(current, body)),
    });

function patched(current: JitPolicy, patch: PolicyPatch): PolicyBody | Refused {
  const read = PolicyBody.safeParse(mergePatch(policyText(current), patch));
  if (read.success) return read.data;
  const [first, ...others] = fieldProblems(read.error).map(({ field, expected }) =>
    refusal("request.invalid", `Expected ${expected}.`, { field, expected }),
  );
  return refuse(first ?? refusal("request.invalid", "The result is no policy."), ...others);
}
