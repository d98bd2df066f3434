import { SallyportError, refusal, scanIdOf } from "@sallyport/contracts";
import type { Principal, Routes, ScanRequest, ScopeId } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer, refuse } from "../http/answer.ts";
import type { Answer, Refused } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { notFound } from "../http/not-found.ts";
import { enrolledNow } from "../views/scopes.ts";
import { pendingIn, scanIn } from "../views/scans.ts";
import type { ScansRow } from "../views/scans.ts";
import type { KnownVm } from "../views/vms.ts";
import { visibleVmsOf } from "./scan-of.ts";
import { forbidden, isRefused } from "./visible.ts";

const TRIES = 5;

/** Whoever may configure JIT on a VM of the scope may have it looked at: it costs the cloud's read budget, and nothing else. */
export const createScan =
  (deps: HandlerDeps): Handler<Routes["createScan"]> =>
  async ({ id: callId, at, principal, body: { scope } }) => {
    const vm = await configurableIn(deps, principal, scope);
    if (isRefused(vm)) return vm;
    if (!(await enrolledNow(deps)).has(scope))
      return refuse(refusal("scope.not-enrolled", `${scope} is not enrolled.`, { object: scope, field: "scope" }));
    for (let tries = 0; tries < TRIES; tries++) {
      const entry = await deps.scans.load(scope);
      const row: ScansRow = entry.value ?? { scope, cloud: vm.profile.cloud, requests: [], scans: [] };
      const pending = pendingIn(row, at);
      if (pending !== undefined) return accepted(row, pending, deps);
      const request: ScanRequest = { id: scanIdOf(scope, at), scope, cloud: row.cloud, by: principal, at };
      const next = { ...row, requests: [request] };
      const committed = await deps.scans.commit(entry, next, {
        jobs: [],
        facts: [
          {
            fact: { type: "sallyport.access.scan-requested.v1", data: { scan: request } },
            step: "scan-requested",
            causationId: callId,
            correlationId: callId,
            time: at,
          },
        ],
      });
      if (committed.kind === "done") return accepted(next, request, deps);
    }
    throw new SallyportError({ code: "backbone.stale", detail: `the scans of ${scope} are written too often` });
  };

const accepted = (row: ScansRow, { id }: ScanRequest, { clock }: HandlerDeps): Answer =>
  answer(202, scanIn(row, id, clock.now()), { Location: `/v1/scans/${id}` });

async function configurableIn(deps: HandlerDeps, principal: Principal, scope: ScopeId): Promise<KnownVm | Refused> {
  let refused: Refused | undefined;
  for (const vm of await visibleVmsOf(deps, principal, scope)) {
    const decision = await deps.may(principal, "configure-policy", vm.profile);
    if (decision.allowed) return vm;
    refused ??= forbidden(decision);
  }
  return refused ?? notFound("scope");
}
