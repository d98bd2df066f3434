import { isBefore, msBetween, plusSeconds, refusal, seconds } from "@sallyport/contracts";
import type { ExtensionBody, Instant, Refusal, Routes } from "@sallyport/contracts";
import { checkRequest } from "@sallyport/domain";
import type { HandlerDeps } from "../deps.ts";
import { answer, refuse } from "../http/answer.ts";
import type { Handler } from "../http/call.ts";
import { isTerminal } from "../views/requests.ts";
import type { GrantRow } from "../views/requests.ts";
import { showGrant } from "../views/show-grant.ts";
import { findGrant, withChanged } from "./find-grant.ts";
import { policyOf } from "./policy-of.ts";
import { isRefused } from "./visible.ts";

export const extendGrant =
  (deps: HandlerDeps): Handler<Routes["extendGrant"]> =>
  async ({ id, at, principal, params: { grantId }, body }) => {
    for (;;) {
      const found = await findGrant(deps, principal, grantId);
      if (isRefused(found)) return found;
      const { grant, request, entry } = found;
      // Asked already, by an earlier run of this very call.
      if (grant.extension?.callId === id) return answer(202, showGrant(grant));
      if (grant.access.principal.id !== principal.id)
        return refuse(refusal("auth.forbidden", "Only who holds a grant may ask for more time on it."));
      const running = runningOf(grant);
      if ("code" in running) return refuse(running);
      if (grant.extension?.status === "AwaitingApproval")
        return refuse(refusal("request.conflict", "Another extension of this grant waits for approval already."));
      const policy = (await policyOf(deps, grant.access.vm))?.policy;
      const openUntil = endOf(body, running.expiresAt);
      const field = body.endTime === undefined ? "/duration" : "/endTime";
      if (!isBefore(running.expiresAt, openUntil))
        return refuse(
          refusal("policy.end-in-the-past", "That is no later than the end it has already.", {
            field,
            expected: `an instant after ${running.expiresAt}`,
          }),
        );
      // From its opening to its new end, a grant stays within what the policy allows at once.
      const total = seconds(Math.floor(msBetween(running.openedAt, openUntil) / 1000));
      const [first, ...others] = checkRequest(policy, { ports: grant.access.ports, duration: total }, deps.limits).map(
        (one): Refusal => (one.field === undefined ? one : { ...one, field }),
      );
      if (first !== undefined) return refuse(first, ...others);
      const access = { ...grant.access, policyVersion: policy?.version ?? grant.access.policyVersion };
      const extended: GrantRow = {
        ...grant,
        extension: { status: "Requested", openUntil, reasons: [], callId: id },
      };
      const committed = await deps.requests.commit(entry, withChanged(request, extended), {
        jobs: [],
        facts: [
          {
            fact: {
              type: "sallyport.access.extension-requested.v1",
              data: { access, by: principal, openUntil, at },
            },
            step: `extension requested ${grantId}`,
            causationId: id,
            correlationId: request.id,
            time: at,
          },
        ],
      });
      if (committed.kind === "done") return answer(202, showGrant(extended));
    }
  };

function runningOf(grant: GrantRow): { readonly openedAt: Instant; readonly expiresAt: Instant } | Refusal {
  const { status, openedAt, expiresAt } = grant;
  if (isTerminal(grant)) return refusal("grant.terminal", `It is ${status} already.`);
  if (status !== "Open" || openedAt === undefined || expiresAt === undefined)
    return refusal("request.conflict", `Only an open grant can be given more time; this one is ${status}.`);
  return { openedAt, expiresAt };
}

const endOf = ({ duration, endTime }: ExtensionBody, expiresAt: Instant): Instant =>
  endTime ?? plusSeconds(expiresAt, duration ?? 0);
