import { VmRef, isService, refusal, vmOfKey } from "@sallyport/contracts";
import type { Principal, Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { refuse } from "../http/answer.ts";
import type { Answer, Refused } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { notFound } from "../http/not-found.ts";
import { WAITING, requestRows } from "../views/requests.ts";
import type { GrantRow, RequestRow } from "../views/requests.ts";
import { leastFar, showRequest } from "../views/show-grant.ts";
import { missingForWord, takesAnother } from "./missing-for-word.ts";
import { page } from "./page.ts";
import { isOwn, visibleGrants } from "./visible.ts";
import { hasSaid, waits } from "./word-on.ts";
import type { About } from "./word-on.ts";

type Asked = Pick<Call<Routes["listAccessRequests"]>, "principal" | "query" | "url">;

/** What waits for the caller's word: what they may approve by the policies of now, and have not approved yet. Of programs nothing waits. */
export async function listAwaitingWord(deps: HandlerDeps, { principal, query, url }: Asked): Promise<Answer | Refused> {
  if (isService(principal))
    return refuse(refusal("auth.forbidden", "Nothing waits for a program: they ask, and never approve or decline."));
  const vm = query.vm === undefined ? undefined : (VmRef.safeParse(query.vm).data ?? vmOfKey(query.vm));
  if (query.vm !== undefined && vm === undefined) return notFound("vm");
  return page({
    deps,
    table: requestRows,
    index: "waiting",
    prefix: WAITING,
    limit: query.limit,
    cursor: query.cursor,
    url,
    itemOf: async ({ value: row }, may) => {
      if (query.principal === "me" && !isOwn(principal, row)) return undefined;
      if (vm !== undefined && !row.grants.some(({ access }) => access.vm === vm)) return undefined;
      if (query.status !== undefined && !row.grants.some(({ status }) => status === query.status)) return undefined;
      if (!row.grants.some((grant) => lacksYesOf(grant, principal))) return undefined;
      const seen = await visibleGrants({ ...deps, may }, principal, row);
      if (vm !== undefined && !seen.some(({ access }) => access.vm === vm)) return undefined;
      if (query.status !== undefined && leastFar(seen) !== query.status) return undefined;
      return (await waitsForWordOf({ ...deps, may }, principal, row, seen)) ? showRequest(row, seen) : undefined;
    },
  });
}

const lacksYes = (grant: GrantRow, about: About, by: Principal): boolean =>
  waits(grant, about) && !hasSaid(grant, { ...about, by, approved: true });

/** What is known without anybody's roles: on nothing else is a word to be judged. */
const lacksYesOf = (grant: GrantRow, by: Principal): boolean =>
  [undefined, grant.extension?.id].some((extension) => lacksYes(grant, { extension }, by));

/** As a word would be taken: on the request with all that is seen of it, or on one extension. */
async function waitsForWordOf(
  deps: HandlerDeps,
  by: Principal,
  row: RequestRow,
  seen: readonly GrantRow[],
): Promise<boolean> {
  const may = async (about: About, grants: readonly GrantRow[]): Promise<boolean> =>
    grants.some((grant) => lacksYes(grant, about, by)) &&
    !(await takesAnother(deps, by, row, grants)) &&
    (await missingForWord(deps, by, row, grants)).length === 0;
  if (await may({ extension: undefined }, seen)) return true;
  for (const grant of seen)
    if (grant.extension?.id !== undefined && (await may({ extension: grant.extension.id }, [grant]))) return true;
  return false;
}
