import type { PromisedJob } from "@sallyport/backbone";
import type { EventOf, Fact, Instant } from "@sallyport/contracts";
import { askedFact, commitRow, deniedFact, expiryOf, ruleOf } from "./commit-verdict.ts";
import { decideExtension, notRunning } from "./decide.ts";
import type { Verdict } from "./decide.ts";
import type { HandlerDeps } from "./deps.ts";
import { extended } from "./extended.ts";
import { gather } from "./gather.ts";
import type { ApprovedRow, DecisionRow, ExtensionRow } from "./tables.ts";

/** How many answered extensions a row remembers: far more than can be on their way at once. */
const REMEMBERED = 50;

/** Decides whether a running grant may go on. Each extension that was asked for is answered once. */
export const onExtensionRequested =
  (deps: HandlerDeps) =>
  async (event: EventOf<"sallyport.access.extension-requested.v1">): Promise<void> => {
    const { access, by, openUntil } = event.data;
    const entry = await deps.ledger.load(access.grantId);
    const row = entry.value;
    const cause = { id: event.id, correlationId: event.correlationid };
    const now = deps.clock.now();
    if (row?.state !== "Approved") {
      const answered = row?.state === "Ended" ? row.answered : [];
      if (answered.includes(event.id)) return;
      const ended: DecisionRow = {
        access,
        requestEventId: event.id,
        correlationId: cause.correlationId,
        state: "Ended",
        answered: [...answered, event.id].slice(-REMEMBERED),
      };
      // A request that was denied, or still waits, stays as it is; the answer may then come twice, under the same id.
      const next = row === undefined || row.state === "Ended" ? ended : row;
      await commitRow(deps, entry, next, cause, now, deniedFact(access, [notRunning], true));
      return;
    }
    if (row.answered.includes(event.id)) return;
    const gathered = await gather(deps, row.access);

    const verdict = decideExtension(row, { by, openUntil }, gathered);

    const answered = [...row.answered, event.id].slice(-REMEMBERED);
    const [next, fact, jobs] = answerOf(verdict, { ...row, answered }, { id: event.id, by, openUntil }, gathered.now);
    await commitRow(deps, entry, next, cause, gathered.now, fact, jobs);
    deps.metrics.count("sallyport_authz_extensions_total", { verdict: verdict.kind });
  };

function answerOf(
  verdict: Verdict,
  row: ApprovedRow,
  asked: Pick<ExtensionRow, "id" | "by" | "openUntil">,
  now: Instant,
): readonly [DecisionRow, Fact, PromisedJob[]] {
  switch (verdict.kind) {
    case "approve":
      return [...extended(row, verdict.notAfter, now), []];
    case "deny":
      return [row, deniedFact(row.access, verdict.reasons, true), []];
    case "ask-approval": {
      const extension = { ...asked, waitsUntil: verdict.waitsUntil, rule: ruleOf(verdict.rule), given: [] };
      const fact = askedFact(row.access, extension, [], extension);
      return [{ ...row, extension }, fact, [expiryOf(row.access, verdict.waitsUntil)]];
    }
  }
}
