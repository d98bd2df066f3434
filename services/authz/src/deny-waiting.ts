import { SallyportError } from "@sallyport/contracts";
import type { Refusal, VmRef } from "@sallyport/contracts";
import { commitVerdict } from "./commit-verdict.ts";
import type { Cause } from "./commit-verdict.ts";
import type { HandlerDeps } from "./deps.ts";
import { BY_WAITING_VM } from "./tables.ts";

const PAGE = 100;

/** Refuses every request on the VM that still waits for approval: there is nothing left to approve. */
export async function denyWaiting(deps: HandlerDeps, vm: VmRef, cause: Cause, reason: Refusal): Promise<void> {
  const waiting = await deps.ledger.find(BY_WAITING_VM, vm, vm, PAGE);
  for (const entry of waiting) {
    if (entry.value?.state !== "Waiting") continue;
    const about = { access: entry.value.access, cause, now: deps.clock.now() };
    await commitVerdict(deps, entry, about, { kind: "deny", reasons: [reason] });
  }
  if (waiting.length === PAGE)
    throw new SallyportError({ code: "backbone.stale", detail: `more requests on ${vm} wait to be refused` });
}
