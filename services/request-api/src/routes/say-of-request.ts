import type { PromisedFact } from "@sallyport/backbone";
import { isService, refusal } from "@sallyport/contracts";
import type { EventId, Instant, Principal, RequestId } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer, refuse } from "../http/answer.ts";
import type { Answer, Refused } from "../http/answer.ts";
import { notFound } from "../http/not-found.ts";
import type { GrantRow, RequestRow, Word } from "../views/requests.ts";
import { showRequest } from "../views/show-grant.ts";
import { missingForWord } from "./missing-for-word.ts";
import { findVisibleGrants, isRefused, visibleGrants } from "./visible.ts";
import { hasSaid, partOf, waits } from "./word-on.ts";

export interface Saying {
  readonly callId: RequestId;
  readonly at: Instant;
  readonly requestId: RequestId;
  readonly by: Principal;
  readonly approved: boolean;
  readonly comment: string | undefined;
  /** What it is about: an extension, or the request itself. */
  readonly extension: EventId | undefined;
}

/**
 * An approver's word on every grant of a request that waits for one, or on one extension. Who lacks the right on one of them says
 * nothing, and neither does a program, whatever its roles. Whether it counts, and whether it is enough, authz tells.
 */
export async function sayOfRequest(deps: HandlerDeps, saying: Saying): Promise<Answer | Refused> {
  const { requestId, by } = saying;
  for (;;) {
    const entry = await deps.requests.load(requestId);
    const row = entry.value;
    const seen = await findVisibleGrants(deps, by, row);
    if (isRefused(seen)) return seen;
    if (row === undefined) return notFound();
    if (isService(by))
      return refuse(refusal("auth.forbidden", "A person has to say this: programs ask, and never approve or decline."));
    const about = seen.filter((grant) => partOf(grant, saying) !== undefined);
    const [missing, ...more] = await missingForWord(deps, by, row, about);
    if (missing !== undefined) return refuse(missing, ...more);
    const unsaid = about.filter((grant) => waits(grant, saying) && !hasSaid(grant, saying));
    if (unsaid.length === 0) return saidAlready(saying, row, seen);
    const said = unsaid.map((grant) => withWord(grant, saying, wordOf(deps, saying, grant)));
    const next = { ...row, grants: row.grants.map((grant) => said.find((one) => isSame(one, grant)) ?? grant) };
    const committed = await deps.requests.commit(entry, next, {
      jobs: [],
      facts: said.map((grant) => factOf(saying, grant)),
    });
    if (committed.kind === "done") return answer(202, showRequest(next, await visibleGrants(deps, by, next)));
  }
}

const isSame = (a: GrantRow, b: GrantRow): boolean => a.access.grantId === b.access.grantId;

const withWord = (grant: GrantRow, { extension }: Saying, word: Word): GrantRow =>
  extension === undefined || grant.extension === undefined
    ? { ...grant, words: [...(grant.words ?? []), word] }
    : { ...grant, extension: { ...grant.extension, words: [...(grant.extension.words ?? []), word] } };

const stepOf = ({ access }: GrantRow): string => `approval given ${access.grantId}`;

const wordOf = ({ deriveEventId }: HandlerDeps, { by, at, approved, callId }: Saying, grant: GrantRow): Word => ({
  by,
  at,
  approved,
  eventId: deriveEventId(callId, stepOf(grant)),
});

/** The same word again is answered as before; another one comes too late. */
function saidAlready(saying: Saying, row: RequestRow, seen: readonly GrantRow[]): Answer | Refused {
  if (seen.some((grant) => hasSaid(grant, saying))) return answer(202, showRequest(row, seen));
  const what = saying.extension === undefined ? "Nothing of this request waits" : "No such extension waits";
  return refuse(
    refusal("request.conflict", `${what} for approval.`, { object: seen.map(({ status }) => status).join(", ") }),
  );
}

const factOf = (
  { callId, requestId, by, approved, comment, extension, at }: Saying,
  grant: GrantRow,
): PromisedFact => ({
  fact: {
    type: "sallyport.access.approval-given.v1",
    data: { vm: grant.access.vm, requestId, grantId: grant.access.grantId, by, approved, comment, extension },
  },
  step: stepOf(grant),
  causationId: callId,
  correlationId: requestId,
  time: at,
});
