import { refusal } from "@sallyport/contracts";
import type { Principal, Routes } from "@sallyport/contracts";
import type { HandlerDeps } from "../deps.ts";
import { answer, refuse } from "../http/answer.ts";
import type { Refused } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { notFound } from "../http/not-found.ts";
import { isTerminal } from "../views/requests.ts";
import type { GrantRow } from "../views/requests.ts";
import { showGrant } from "../views/show-grant.ts";
import { isKnown, vmsTable } from "../views/vms.ts";
import { findGrant, withChanged } from "./find-grant.ts";
import { forbidden, isOwn, isRefused } from "./visible.ts";

/** Early give-back, or revocation by an administrator. Asked again, it says the same and publishes nothing more. */
export const deleteGrant =
  (deps: HandlerDeps): Handler<Routes["deleteGrant"]> =>
  async ({ id, principal, params: { grantId } }) => {
    for (;;) {
      const found = await findGrant(deps, principal, grantId);
      if (isRefused(found)) return found;
      const { grant, request, entry } = found;
      const refused = await mayNot(deps, principal, grant);
      if (refused !== undefined) return refused;
      if (isTerminal(grant)) return refuse(refusal("grant.terminal", `It is ${grant.status} already.`));
      if (grant.revocation !== undefined) return answer(202, showGrant(grant));
      const at = deps.clock.now();
      const { vm } = grant.access;
      const reason = isHolder(principal, grant) ? "given-back" : "revoked-by-administrator";
      const closing: GrantRow = { ...grant, status: "Closing", revocation: { by: principal, at } };
      const committed = await deps.requests.commit(entry, withChanged(request, closing), {
        jobs: [],
        facts: [
          {
            fact: {
              type: "sallyport.access.revocation-requested.v1",
              data: { vm, grantId, by: principal, reason, at },
            },
            step: `revocation requested ${grantId}`,
            causationId: id,
            correlationId: request.id,
            time: at,
          },
        ],
      });
      if (committed.kind === "done") return answer(202, showGrant(closing));
    }
  };

/** Giving back only closes, so the service that asked for somebody may do it as well. */
const isHolder = (principal: Principal, { access }: GrantRow): boolean => isOwn(principal, access);

/** One's own grant takes no right; anybody else's takes the right to write its policy. */
async function mayNot(
  { records, may }: HandlerDeps,
  principal: Principal,
  grant: GrantRow,
): Promise<Refused | undefined> {
  if (isHolder(principal, grant)) return undefined;
  const row = (await records.get(vmsTable, grant.access.vm))?.value;
  if (!isKnown(row)) return notFound();
  const decision = await may(principal, "revoke-any", row.profile);
  return decision.allowed ? undefined : forbidden(decision);
}
