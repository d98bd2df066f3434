import type { EventOf, PrincipalId } from "@sallyport/contracts";
import { hearWord, ruleInForce } from "@sallyport/domain";
import type { Decision, Heard, WaitsForPeople } from "@sallyport/domain";
import type { Entry } from "@sallyport/backbone";
import { askedFact, commitRow, commitVerdict, deniedFact, ruleOf } from "./commit-verdict.ts";
import { decideApproved, decideExtension, deny } from "./decide.ts";
import type { Gathered, GatheredVm } from "./decide.ts";
import type { HandlerDeps } from "./deps.ts";
import { extended } from "./extended.ts";
import { gather } from "./gather.ts";
import type { ApprovedRow, DecisionRow, ExtensionRow, WaitingRow } from "./tables.ts";

type Given = EventOf<"sallyport.access.approval-given.v1">;

/** Hears what a person said of a request or an extension that waits; decides it once enough have agreed, or one has not. */
export const onApprovalGiven =
  (deps: HandlerDeps) =>
  async (event: Given): Promise<void> => {
    const entry = await deps.ledger.load(event.data.grantId);
    const row = entry.value;
    if (row?.state === "Waiting" && event.data.extension === undefined) return hearOfRequest(deps, entry, row, event);
    if (row?.state === "Approved" && row.extension !== undefined && row.extension.id === event.data.extension)
      return hearOfExtension(deps, entry, row, row.extension, event);
    // It was decided meanwhile, or is about another extension than the one that waits.
  };

async function hearOfRequest(
  deps: HandlerDeps,
  entry: Entry<DecisionRow>,
  row: WaitingRow,
  event: Given,
): Promise<void> {
  const { access } = row;
  const gathered = await gather(deps, access, { fresh: true });
  const heard = await hear(deps, row, row, event, gathered);
  const cause = { id: event.id, correlationId: row.correlationId };
  const about = { access, cause, now: gathered.now };
  switch (heard.kind) {
    case "agreed": {
      const { approvals } = heard;
      return commitVerdict(deps, entry, { ...about, approvals }, decideApproved(row, gathered));
    }
    case "deny":
      return commitVerdict(deps, entry, about, deny(...heard.reasons));
    case "wait": {
      const next = { ...row, given: [...heard.given], rule: ruleOf(heard.rule) };
      return commitRow(deps, entry, next, cause, gathered.now, askedFact(access, next, heard.counting));
    }
  }
}

async function hearOfExtension(
  deps: HandlerDeps,
  entry: Entry<DecisionRow>,
  row: ApprovedRow,
  extension: ExtensionRow,
  event: Given,
): Promise<void> {
  const gathered = await gather(deps, row.access, { fresh: true });
  const heard = await hear(deps, row, extension, event, gathered);
  const cause = { id: event.id, correlationId: row.correlationId };
  const { extension: _answered, ...running } = row;
  const commit = (next: DecisionRow, fact: Parameters<typeof commitRow>[5]) =>
    commitRow(deps, entry, next, cause, gathered.now, fact);
  switch (heard.kind) {
    case "agreed": {
      const verdict = decideExtension(row, extension, gathered, true);
      if (verdict.kind === "ask-approval") throw new Error("what people have agreed to asks nobody again");
      return verdict.kind === "approve"
        ? commit(...extended(running, verdict.notAfter, gathered.now, heard.approvals))
        : commit(running, deniedFact(row.access, verdict.reasons, true));
    }
    case "deny":
      return commit(running, deniedFact(row.access, heard.reasons, true));
    case "wait": {
      const next = { ...extension, given: [...heard.given], rule: ruleOf(heard.rule) };
      return commit({ ...row, extension: next }, askedFact(row.access, next, heard.counting, next));
    }
  }
}

/** Looks up anew whether each of those who have spoken may approve. */
async function hear(
  deps: HandlerDeps,
  { access }: Pick<DecisionRow, "access">,
  waits: WaitsForPeople,
  { data: { by, approved, comment }, time }: Given,
  { vm, policy, now }: Gathered,
): Promise<Heard> {
  const { approvers } = ruleInForce(waits.rule, policy?.policy);
  const speakers = [...new Set([...waits.given.map((one) => one.by.id), by.id])];
  const standing = new Map(
    await Promise.all(speakers.map(async (id) => [id, await approverMay(deps, id, vm, approvers)] as const)),
  );
  return hearWord(waits, { by, approved, comment, at: time }, { access, policy: policy?.policy, standing, now });
}

/** Of a VM that is gone nobody's roles are asked: it is refused for that. */
const approverMay = async (
  { may }: HandlerDeps,
  id: PrincipalId,
  vm: GatheredVm,
  approvers: WaitingRow["rule"]["approvers"],
): Promise<Decision> =>
  vm.state === "Gone" ? { allowed: true } : may({ id }, "approve", vm.profile, { approvers, fresh: true });
