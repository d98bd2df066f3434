import { plusMs, SallyportError } from "@sallyport/contracts";
import type { VmRef } from "@sallyport/contracts";
import type { Entry, Ledger } from "@sallyport/backbone";
import { lockedDown, prepare, refuseLockdown, retryLockdown, unlocked, wantOfLockdown } from "@sallyport/domain";
import type { LockdownState, Step } from "@sallyport/domain";
import { agree } from "./agree.ts";
import type { AgreeDeps } from "./agree.ts";
import { backoffMs, faultLine } from "./backoff.ts";
import type { Claims } from "./claims.ts";
import { promisesOf } from "./promises-of.ts";
import { isOurs } from "./is-ours.ts";
import { shadowsAt } from "./still-open.ts";

export interface SettleLockdownDeps<Net, Rule> extends AgreeDeps<Net, Rule> {
  readonly lockdowns: Ledger<LockdownState>;
  readonly claims: Claims;
  readonly chance: () => number;
  /** How often a standing lockdown is looked at again: what somebody deleted is put back (P51). */
  readonly recheckMs: number;
}

const MAX_ROUNDS = 12;

/** The twin of `settleGrant`: asks the row of the VM's lockdown what the cloud should hold now, and makes it so. */
export const settleLockdown = <Net, Rule>(deps: SettleLockdownDeps<Net, Rule>, vm: VmRef): Promise<void> =>
  deps.claims(`lockdown:${vm}`, () => settle(deps, vm));

async function settle<Net, Rule>(deps: SettleLockdownDeps<Net, Rule>, vm: VmRef): Promise<void> {
  const { lockdowns, clock, log } = deps;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const entry = await lockdowns.load(vm);
    const lockdown = entry.value;
    if (lockdown === undefined || lockdown.state === "Unlocked") return;
    try {
      if ((await once(deps, entry, lockdown)) === "settled") return;
    } catch (fault) {
      if (!(fault instanceof SallyportError) || fault.code === "backbone.unavailable") throw fault;
      log.warn("a step of a lockdown failed for the moment", {
        vm,
        state: lockdown.state,
        tries: lockdown.tries + 1,
        code: fault.code,
        detail: fault.message,
      });
      const nextTry = plusMs(clock.now(), backoffMs(lockdown.tries, fault, deps.chance()));
      if (await commit(deps, entry, retryLockdown(lockdown, faultLine(fault), nextTry))) return;
    }
  }
  throw new SallyportError({ code: "backbone.stale", detail: `the lockdown's row of ${vm} kept changing` });
}

async function once<Net, Rule>(
  deps: SettleLockdownDeps<Net, Rule>,
  start: Entry<LockdownState>,
  lockdown: LockdownState,
): Promise<"settled" | "again"> {
  const { model, clock, seal } = deps;
  const want = wantOfLockdown(lockdown);
  if (want === undefined) return "settled";
  let entry = start;
  let current = lockdown;
  let wrote = false;
  const result = await agree(deps, want, lockdown.objects, async (objects, inverse) => {
    wrote = true;
    const step = prepare(current, objects, inverse, clock.now());
    if (step === undefined) return "go";
    const committed = await commitEntry(deps, entry, step);
    if (committed?.value === undefined) return "moved";
    entry = committed;
    current = committed.value;
    return "go";
  });
  const now = clock.now();
  const recheckAt = plusMs(now, deps.recheckMs);
  switch (result.kind) {
    case "moved":
    case "too-late":
      return "again";
    case "refused":
      if (want.kind === "unlock")
        throw new SallyportError({ code: result.refusals[0].code, detail: result.refusals[0].detail, retryable: true });
      return (await commit(deps, entry, refuseLockdown(current, result.refusals, recheckAt, now)))
        ? "settled"
        : "again";
    case "agreed": {
      if (want.kind === "unlock") return (await commit(deps, entry, unlocked(current, now))) ? "settled" : "again";
      const shadows = shadowsAt(model, result.net, want.vm, want.ports, isOurs(model.marked(result.net, seal)));
      const drift = wrote && (lockdown.state === "Locked" || lockdown.state === "NotEffective");
      return (await commit(deps, entry, withDrift(lockedDown(current, shadows, recheckAt, now), drift)))
        ? "settled"
        : "again";
    }
  }

  /** The lockdown stood, and yet something had to be written: somebody had changed it. It is back, and told. */
  function withDrift(step: Step<LockdownState>, drift: boolean): Step<LockdownState> {
    const [object] = lockdown.objects;
    if (!drift || object === undefined) return step;
    const detail = "what the lockdown had put there was changed or deleted by someone else, and has been put back";
    return {
      ...step,
      facts: [
        ...step.facts,
        {
          fact: {
            type: "sallyport.access.drift-detected.v1",
            data: { vm: lockdown.vm, object, kind: "missing", detail, at: now },
          },
          step: `drift-${now}`,
          cause: lockdown.cause,
        },
      ],
    };
  }
}

async function commitEntry<Net, Rule>(
  { lockdowns, clock }: SettleLockdownDeps<Net, Rule>,
  entry: Entry<LockdownState>,
  step: Step<LockdownState>,
): Promise<Entry<LockdownState> | undefined> {
  const committed = await lockdowns.commit(entry, step.next, promisesOf(step, step.next.cause, clock.now()));
  return committed.kind === "done" ? committed.entry : undefined;
}

const commit = async <Net, Rule>(
  deps: SettleLockdownDeps<Net, Rule>,
  entry: Entry<LockdownState>,
  step: Step<LockdownState>,
): Promise<boolean> => (await commitEntry(deps, entry, step)) !== undefined;
