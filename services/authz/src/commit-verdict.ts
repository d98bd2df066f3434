import type { Entry, PromisedFact, PromisedJob } from "@sallyport/backbone";
import { MOST_APPROVALS, SallyportError } from "@sallyport/contracts";
import type { Access, Approval, Fact, Instant, Principal, WaitingExtension } from "@sallyport/contracts";
import type { Reasons, Verdict } from "./decide.ts";
import type { HandlerDeps } from "./deps.ts";
import type { DecisionRow, Rule } from "./tables.ts";

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
  about: {
    readonly access: Access;
    readonly cause: Cause;
    readonly now: Instant;
    readonly approvals?: readonly Approval[];
  },
  verdict: Verdict,
): Promise<void> {
  const { access, cause, now, approvals = [] } = about;
  const previous = entry.value;
  const shared = {
    access,
    requestEventId: previous?.requestEventId ?? cause.id,
    correlationId: previous?.correlationId ?? cause.correlationId,
  };
  switch (verdict.kind) {
    case "approve": {
      const by = saidYes(approvals);
      const row: DecisionRow = { ...shared, ...by, state: "Approved", end: verdict.notAfter, answered: [] };
      const data = { access, ...by, notAfter: verdict.notAfter, approvedAt: now, extends: false };
      await commitRow(deps, entry, row, cause, now, { type: "sallyport.access.approved.v1", data });
      break;
    }
    case "ask-approval": {
      const { waitsUntil, rule } = verdict;
      const row: DecisionRow = { ...shared, state: "Waiting", waitsUntil, rule: ruleOf(rule), given: [] };
      await commitRow(deps, entry, row, cause, now, askedFact(access, row, []), [expiryOf(access, waitsUntil)]);
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

/** That people are asked, or still are, with those whose yes counts so far. */
export const askedFact = (
  access: Access,
  { waitsUntil, rule: { needed, approvers } }: { readonly waitsUntil: Instant; readonly rule: Rule },
  counting: readonly Approval[],
  extension?: WaitingExtension,
): Fact => ({
  type: "sallyport.access.approval-required.v1",
  data: { access, waitsUntil, needed, approvers, given: [...counting], extension },
});

export const expiryOf = ({ vm, grantId }: Access, due: Instant): PromisedJob => ({
  job: { name: "ExpireApproval", data: { vm, grantId } },
  due,
});

export const ruleOf = ({ needed, approvers, selfApproval }: Rule): Rule => ({ needed, approvers, selfApproval });

/** Who agreed, as an approval names them; nothing where nobody had to. */
export function saidYes(approvals: readonly Approval[]): { approvedBy?: Principal; approvals?: Approval[] } {
  const last = approvals.at(-1);
  return last === undefined ? {} : { approvedBy: last.by, approvals: approvals.slice(-MOST_APPROVALS) };
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
