import type { Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Answer } from "../http/answer.ts";
import type { Call, Handler } from "../http/call.ts";
import type { RequestRow } from "../views/requests.ts";
import { enrolledNow } from "../views/scopes.ts";
import { showRequest } from "../views/show-grant.ts";
import { askFor } from "./ask-for.ts";
import { decideRequest } from "./decide-request.ts";
import type { Target } from "./decide-request.ts";
import { doorsOf } from "./doors-of.ts";
import { policyOf } from "./policy-of.ts";
import { resolveVm } from "./resolve-vms.ts";
import { isRefused } from "./visible.ts";
import { whoseRequest } from "./whose-request.ts";
import { untilDecided } from "./until-decided.ts";

type Asked = Call<Routes["createAccessRequest"]>;

export const createAccessRequest =
  (deps: HandlerDeps): Handler<Routes["createAccessRequest"]> =>
  async (call) => {
    const entry = await deps.requests.load(call.id);
    // There already: an earlier run of this very call got that far and could not say so.
    if (entry.value !== undefined) return accepted(deps, call, entry.value);
    const whose = whoseRequest(call);
    if (isRefused(whose)) return whose;
    const targets = new Map<string, Target>();
    const doors = doorsOf(call.body, call.at);
    for (const [text, field] of named(call)) {
      const vm = await resolveVm(deps, whose.principal, text, field);
      if (isRefused(vm)) return vm;
      targets.set(vm.vm, { vm, policy: (await policyOf(deps, vm.vm))?.policy, doors });
    }
    const { id, at, body } = call;
    const { justification, reference } = body;
    const decided = decideRequest(
      { id, at, ...whose, justification, reference, targets: [...targets.values()] },
      { ...deps, enrolled: await enrolledNow(deps) },
    );
    if (decided.kind === "refused") return decided;
    await askFor(deps, entry, decided.request);
    return accepted(deps, call, decided.request);
  };

const named = ({ body: { vm, vms } }: Asked): readonly (readonly [string, string])[] =>
  vm === undefined ? (vms ?? []).map((text, at) => [text, `/vms/${at}`]) : [[vm, "/vm"]];

async function accepted(deps: HandlerDeps, { waitMs }: Asked, request: RequestRow): Promise<Answer> {
  const location = { Location: `/v1/access-requests/${request.id}` };
  const seen = waitMs === 0 ? request : ((await untilDecided(deps, request.id, waitMs)) ?? request);
  const decided = seen.grants.every(({ status }) => status !== "Requested");
  return answer(waitMs > 0 && decided ? 200 : 202, showRequest(seen, seen.grants), {
    ...location,
    ...(waitMs > 0 ? { "Preference-Applied": `wait=${waitMs / 1000}` } : {}),
  });
}
