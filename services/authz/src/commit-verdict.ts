import type { Entry, PromisedFact, PromisedJob } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import type { Access, Fact, Instant, Principal } from "@sallyport/contracts";
import type { Reasons, Verdict } from "./decide.ts";
import type { HandlerDeps } from "./deps.ts";
import type { DecisionRow } from "./tables.ts";

/** What made authz decide: the message, or the request whose time ran out. */
export interface Cause {
  readonly id: string;
  readonly correlationId: string;
}

/** As many as an event holds; a VM with more missing actions than that has one message to tell at least. */
const MOST_REASONS = 100;

/** Stores what was decided, with the fact and the job that it promises, in one step. */
export async function commitVerdict(
  deps: Pick<HandlerDeps, "ledger" | "metrics" | "log">,
  entry: Entry<DecisionRow>,
  about: { readonly access: Access; readonly cause: Cause; readonly now: Instant; readonly approvedBy?: Principal },
  verdict: Verdict,
): Promise<void> {
  const { access, cause, now, approvedBy } = about;
  const previous = entry.value;
  const shared = {
    access,
    requestEventId: previous?.requestEventId ?? cause.id,
    correlationId: previous?.correlationId ?? cause.correlationId,
  };
  switch (verdict.kind) {
    case "approve": {
      const by = approvedBy === undefined ? {} : { approvedBy };
      const row: DecisionRow = { ...shared, ...by, state: "Approved", end: verdict.notAfter, answered: [] };
      const data = { access, ...by, notAfter: verdict.notAfter, approvedAt: now, extends: false };
      await commitRow(deps, entry, row, cause, now, { type: "sallyport.access.approved.v1", data });
      break;
    }
    case "ask-approval": {
      const { waitsUntil } = verdict;
      const expiry: PromisedJob = {
        job: { name: "ExpireApproval", data: { vm: access.vm, grantId: access.grantId } },
        due: waitsUntil,
      };
      const fact: Fact = {
        type: "sallyport.access.approval-required.v1",
        data: { access, waitsUntil, needed: 1, given: [] },
      };
      await commitRow(deps, entry, { ...shared, state: "Waiting", waitsUntil }, cause, now, fact, [expiry]);
      break;
    }
    case "deny":
      await commitRow(deps, entry, { ...shared, state: "Denied" }, cause, now, deniedFact(access, verdict.reasons));
      break;
  }
  deps.metrics.count("sallyport_authz_verdicts_total", { verdict: verdict.kind });
  deps.log.info("a request was decided", {
    verdict: verdict.kind,
    grantId: access.grantId,
    vm: access.vm,
    principal: access.principal.id,
    ...(verdict.kind === "deny" ? { reasons: verdict.reasons.map(({ code }) => code) } : {}),
  });
}

export const deniedFact = (access: Access, reasons: Reasons, isExtension = false): Fact => ({
  type: "sallyport.access.denied.v1",
  data: { access, reasons: reasons.slice(0, MOST_REASONS), extends: isExtension },
});

/** Writes the row with what it owes; a faster writer is a reason to begin again. */
export async function commitRow(
  { ledger }: Pick<HandlerDeps, "ledger">,
  entry: Entry<DecisionRow>,
  row: DecisionRow,
  cause: Cause,
  now: Instant,
  fact?: Fact,
  jobs: readonly PromisedJob[] = [],
): Promise<void> {
  const facts: readonly PromisedFact[] =
    fact === undefined
      ? []
      : [
          {
            fact,
            step: `${fact.type} ${row.access.grantId}`,
            causationId: cause.id,
            correlationId: cause.correlationId,
            time: now,
          },
        ];
  const committed = await ledger.commit(entry, row, { jobs, facts });
  if (committed.kind === "stale")
    throw new SallyportError({ code: "backbone.stale", detail: `another writer decided ${row.access.grantId}` });
}
