import type { PromisedFact } from "@sallyport/backbone";
import { refusal } from "@sallyport/contracts";
import type { Instant, Principal, Refusal, RequestId } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer, refuse } from "../http/answer.ts";
import type { Answer, Refused } from "../http/answer.ts";
import { notFound } from "../http/not-found.ts";
import type { GrantRow, RequestRow } from "../views/requests.ts";
import { showRequest } from "../views/show-grant.ts";
import { isKnown, vmsTable } from "../views/vms.ts";
import { visibleGrants } from "./visible.ts";

export interface Saying {
  readonly callId: RequestId;
  readonly at: Instant;
  readonly requestId: RequestId;
  readonly by: Principal;
  readonly approved: boolean;
  readonly comment: string | undefined;
}

/** An approver's word on every grant of a request that waits for one. Who lacks the right on one of them says nothing. */
export async function sayOfRequest(deps: HandlerDeps, saying: Saying): Promise<Answer | Refused> {
  const { requestId, by } = saying;
  for (;;) {
    const entry = await deps.requests.load(requestId);
    const row = entry.value;
    const seen = row === undefined ? [] : await visibleGrants(deps, by, row);
    if (row === undefined || seen.length === 0) return notFound();
    const [missing, ...more] = await missingFor(deps, by, seen);
    if (missing !== undefined) return refuse(missing, ...more);
    if (row.principal.id === by.id)
      return refuse(refusal("auth.forbidden", "Somebody else has to approve what you ask for."));
    const waiting = seen.filter(({ status }) => status === "AwaitingApproval");
    const unsaid = waiting.filter(({ approval }) => approval === undefined);
    if (unsaid.length === 0) return saidAlready(saying, row, seen);
    const said = unsaid.map((grant): GrantRow => ({ ...grant, approval: { by, approved: saying.approved } }));
    const next = { ...row, grants: row.grants.map((grant) => said.find((one) => isSame(one, grant)) ?? grant) };
    const committed = await deps.requests.commit(entry, next, {
      jobs: [],
      facts: said.map((grant) => factOf(saying, grant)),
    });
    if (committed.kind === "done") return answer(202, showRequest(next, await visibleGrants(deps, by, next)));
  }
}

const isSame = (a: GrantRow, b: GrantRow): boolean => a.access.grantId === b.access.grantId;

/** The same word again is answered as before; another one comes too late. */
function saidAlready({ by, approved }: Saying, row: RequestRow, seen: readonly GrantRow[]): Answer | Refused {
  const isSaid = seen.some(({ approval }) => approval?.by.id === by.id && approval.approved === approved);
  if (isSaid) return answer(202, showRequest(row, seen));
  return refuse(
    refusal("request.conflict", "Nothing of this request waits for approval.", {
      object: seen.map(({ status }) => status).join(", "),
    }),
  );
}

async function missingFor(
  { records, may }: HandlerDeps,
  by: Principal,
  grants: readonly GrantRow[],
): Promise<readonly Refusal[]> {
  const missing: Refusal[] = [];
  for (const vm of new Set(grants.map(({ access }) => access.vm))) {
    const row = (await records.get(vmsTable, vm))?.value;
    if (!isKnown(row)) continue; // authz decides again, with the VM as it knows it
    const decision = await may(by, "approve", row.profile);
    if (!decision.allowed) missing.push(...decision.missing);
  }
  return missing;
}

const factOf = ({ callId, requestId, by, approved, comment, at }: Saying, { access }: GrantRow): PromisedFact => ({
  fact: {
    type: "sallyport.access.approval-given.v1",
    data: { vm: access.vm, requestId, grantId: access.grantId, by, approved, comment },
  },
  step: `approval given ${access.grantId}`,
  causationId: callId,
  correlationId: requestId,
  time: at,
});
