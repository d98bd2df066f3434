import { plusSeconds, SallyportError } from "@sallyport/contracts";
import type { GrantId, ObjectId, Refusal, VmRef } from "@sallyport/contracts";
import type { Entry, Ledger } from "@sallyport/backbone";
import { collected, collectNow, collectOf, isLeaving } from "@sallyport/domain";
import type { GrantState, Leaving, Left, Withdraw } from "@sallyport/domain";
import { agree } from "./agree.ts";
import type { AgreeDeps } from "./agree.ts";
import { promisesOf } from "./promises-of.ts";

export interface CollectLeftDeps<Net, Rule> extends AgreeDeps<Net, Rule> {
  readonly grants: Pick<Ledger<GrantState>, "commit" | "find" | "load">;
}

/** What a withdraw has left on purpose, as the network shows it: where, and until when. */
export function leftOf<Net, Rule>(
  { model, seal, clock }: Pick<AgreeDeps<Net, Rule>, "model" | "seal" | "clock">,
  net: Net,
  want: Withdraw,
  objects: readonly ObjectId[],
): Left | undefined {
  const time = model.keptFor?.(net, want, seal);
  return time && { objects, until: plusSeconds(clock.now(), time) };
}

/**
 * Takes away what a closed grant has left, once its time has come. Level-triggered like every closing: a fault leaves the row as it
 * is, and the next pass of reconcile tries again.
 */
export async function collectLeft<Net, Rule>(
  deps: CollectLeftDeps<Net, Rule>,
  entry: Entry<GrantState>,
  grant: Leaving,
): Promise<void> {
  if (grant.left.until > deps.clock.now()) return;
  const want = collectOf(grant);
  const result = await agree(deps, want, want.objects, () => Promise.resolve(want));
  if (result.kind === "refused") throw new SallyportError(result.refusals[0]);
  if (result.kind !== "agreed") return;
  const step = collected(grant, leftOf(deps, result.net, want, want.objects));
  await deps.grants.commit(entry, step.next, promisesOf(step, grant.access.requestId, deps.clock.now()));
}

/**
 * Whether there is room now where there was none: what closed grants have left at an object that is full goes before its time, the one
 * that would go first first.
 */
export async function makeRoom(
  { grants, clock }: Pick<CollectLeftDeps<unknown, unknown>, "grants" | "clock">,
  vm: VmRef,
  refusals: readonly Refusal[],
  settle: (id: GrantId) => Promise<unknown>,
): Promise<boolean> {
  const full = new Set(refusals.flatMap(({ code, object }) => (code === "network.quota" ? (object ?? []) : [])));
  const found = full.size === 0 ? [] : await grants.find("left", vm, vm);
  const leaving = found
    .flatMap((entry) => (entry.value !== undefined && isLeaving(entry.value) ? [{ entry, grant: entry.value }] : []))
    .filter(({ grant }) => grant.left.objects.some((object) => full.has(object)))
    .toSorted((a, b) => (a.grant.left.until < b.grant.left.until ? -1 : 1));
  for (const { entry, grant } of leaving) {
    const step = collectNow(grant, clock.now());
    await grants.commit(entry, step.next, promisesOf(step, grant.access.requestId, clock.now()));
    const { grantId } = grant.access;
    await settle(grantId);
    const { value } = await grants.load(grantId);
    if (value === undefined || !isLeaving(value)) return true;
  }
  return false;
}
