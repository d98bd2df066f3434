import type { Routes } from "@sallyport/contracts";
import type { PromisedFact } from "@sallyport/backbone";
import type { HandlerDeps } from "../deps.ts";
import { answer } from "../http/answer.ts";
import type { Answer } from "../http/answer.ts";
import type { Call, Handler } from "../http/call.ts";
import { grantsTable, pointerOf } from "../views/grants.ts";
import type { RequestRow } from "../views/requests.ts";
import { showRequest } from "../views/show-grant.ts";
import { upsert } from "../views/upsert.ts";
import { decideRequest } from "./decide-request.ts";
import { policyOf } from "./policy-of.ts";
import { resolveVm } from "./resolve-vms.ts";
import { isRefused } from "./visible.ts";
import { untilDecided } from "./until-decided.ts";

type Asked = Call<Routes["createAccessRequest"]>;

export const createAccessRequest =
  (deps: HandlerDeps): Handler<Routes["createAccessRequest"]> =>
  async (call) => {
    const entry = await deps.requests.load(call.id);
    // There already: an earlier run of this very call got that far and could not say so.
    if (entry.value !== undefined) return accepted(deps, call, entry.value);
    const targets = new Map<string, Parameters<typeof decideRequest>[0]["targets"][number]>();
    for (const [text, field] of named(call)) {
      const vm = await resolveVm(deps, call.principal, text, field);
      if (isRefused(vm)) return vm;
      targets.set(vm.vm, { vm, policy: (await policyOf(deps, vm.vm))?.policy });
    }
    const { id, at, principal, body } = call;
    const decided = decideRequest({ id, at, principal, body, targets: [...targets.values()] }, deps);
    if (decided.kind === "refused") return decided;
    const { request } = decided;
    await Promise.all([
      deps.requests.commit(entry, request, { jobs: [], facts: factsOf(request) }),
      ...request.grants.map((grant) =>
        upsert(deps.records, grantsTable, grant.access.grantId, (old) => old ?? pointerOf(grant)),
      ),
    ]);
    return accepted(deps, call, request);
  };

const named = ({ body: { vm, vms } }: Asked): readonly (readonly [string, string])[] =>
  vm === undefined ? (vms ?? []).map((text, at) => [text, `/vms/${at}`]) : [[vm, "/vm"]];

const factsOf = ({ id, requestedAt, grants }: RequestRow): readonly PromisedFact[] =>
  grants.map(({ access }) => ({
    fact: { type: "sallyport.access.requested.v1", data: { access } },
    step: `requested ${access.grantId}`,
    causationId: id,
    correlationId: id,
    time: requestedAt,
  }));

async function accepted(deps: HandlerDeps, { waitMs }: Asked, request: RequestRow): Promise<Answer> {
  const location = { Location: `/v1/access-requests/${request.id}` };
  const seen = waitMs === 0 ? request : ((await untilDecided(deps, request.id, waitMs)) ?? request);
  const decided = seen.grants.every(({ status }) => status !== "Requested");
  return answer(waitMs > 0 && decided ? 200 : 202, showRequest(seen, seen.grants), {
    ...location,
    ...(waitMs > 0 ? { "Preference-Applied": `wait=${waitMs / 1000}` } : {}),
  });
}
