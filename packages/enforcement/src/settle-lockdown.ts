import { plusMs, refusal, SallyportError } from "@sallyport/contracts";
import type { ObjectId, VmRef } from "@sallyport/contracts";
import type { Entry, Ledger } from "@sallyport/backbone";
import {
  driftOf,
  lockedDown,
  prepare,
  refuseLockdown,
  retryLockdown,
  unlocked,
  wantOfLockdown,
} from "@sallyport/domain";
import type { GrantState, LockdownState, Step } from "@sallyport/domain";
import { agree } from "./agree.ts";
import type { AgreeDeps } from "./agree.ts";
import { backoffMs } from "./backoff.ts";
import type { Claims, Ended } from "./claims.ts";
import { looksAtGrants } from "./looks-at-grants.ts";
import { promisesOf } from "./promises-of.ts";
import { isOurs } from "./is-ours.ts";
import { faultLine, isAway, isForGood, noteSetback } from "./setback.ts";
import { shadowsAt } from "./still-open.ts";

export interface SettleLockdownDeps<Net, Rule> extends AgreeDeps<Net, Rule> {
  readonly lockdowns: Ledger<LockdownState>;
  readonly grants: Pick<Ledger<GrantState>, "find">;
  readonly claims: Claims;
  readonly chance: () => number;
  /** How often a standing lockdown is looked at again: what somebody deleted is put back (P51). */
  readonly recheckMs: number;
}

const MAX_ROUNDS = 12;

/** The twin of `settleGrant`: asks the row of the VM's lockdown what the cloud should hold now, and makes it so. */
export const settleLockdown = <Net, Rule>(deps: SettleLockdownDeps<Net, Rule>, vm: VmRef): Promise<Ended> =>
  deps.claims.run(`lockdown:${vm}`, (stepAside) => settle(deps, vm, stepAside));

/** The row as this run knows it. It moves on with each commit, so that a setback is stored on what is there. */
interface Position {
  entry: Entry<LockdownState>;
  lockdown: LockdownState;
  readonly stepAside: () => void;
}

async function settle<Net, Rule>(deps: SettleLockdownDeps<Net, Rule>, vm: VmRef, stepAside: () => void): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const entry = await deps.lockdowns.load(vm);
    if (entry.value === undefined || entry.value.state === "Unlocked") return;
    const at: Position = { entry, lockdown: entry.value, stepAside };
    if ((await once(deps, at).catch((fault: unknown) => setBack(deps, at, fault))) === "settled") return;
  }
  throw new SallyportError({ code: "backbone.stale", detail: `the lockdown's row of ${vm} kept changing` });
}

/** What may pass is tried again; what is refused for good is told, and looked at again from time to time. Unlocking is tried for ever. */
async function setBack<Net, Rule>(
  deps: SettleLockdownDeps<Net, Rule>,
  at: Position,
  fault: unknown,
): Promise<"settled" | "again"> {
  const { vm, state, tries } = at.lockdown;
  if (isAway(fault)) throw fault;
  noteSetback(deps, fault, { rows: "lockdowns", id: vm, state, tries: tries + 1 });
  const now = deps.clock.now();
  const step =
    state !== "Unlocking" && isForGood(fault)
      ? refuseLockdown(at.lockdown, [refusal(fault.code, fault.message)], plusMs(now, deps.recheckMs), now)
      : retryLockdown(at.lockdown, faultLine(fault), plusMs(now, backoffMs(tries, fault, deps.chance())));
  return (await commit(deps, at, step)) ? "settled" : "again";
}

async function once<Net, Rule>(deps: SettleLockdownDeps<Net, Rule>, at: Position): Promise<"settled" | "again"> {
  const { model, clock, seal } = deps;
  const before = at.lockdown;
  const want = wantOfLockdown(before);
  if (want === undefined) return "settled";
  let wroteAt: ObjectId | undefined;
  const result = await agree(
    deps,
    want,
    before.objects,
    async (objects, inverse) => {
      wroteAt ??= objects[0];
      const step = prepare(at.lockdown, objects, inverse, clock.now());
      if (step !== undefined && !(await commit(deps, at, step))) return "moved";
      return wantOfLockdown(at.lockdown) ?? "moved";
    },
    at.stepAside,
  );
  const now = clock.now();
  const recheckAt = plusMs(now, deps.recheckMs);
  switch (result.kind) {
    case "moved":
    case "too-late":
      return "again";
    case "refused": {
      const [{ code, detail }] = result.refusals;
      if (want.kind === "unlock") throw new SallyportError({ code, detail, retryable: true });
      return (await commit(deps, at, refuseLockdown(at.lockdown, result.refusals, recheckAt, now)))
        ? "settled"
        : "again";
    }
    case "agreed": {
      if (want.kind === "unlock") return (await commit(deps, at, unlocked(at.lockdown, now))) ? "settled" : "again";
      const shadows = shadowsAt(model, result.net, want.vm, want.ports, isOurs(model.marked(result.net, seal)));
      const step = lockedDown(at.lockdown, { shadows, inverse: result.inverse ?? [] }, recheckAt, now);
      const stood = before.state === "Locked" || before.state === "NotEffective";
      const drift = stood && wroteAt !== undefined ? [driftOf(before, wroteAt, now)] : [];
      // What it has just taken away may be what let a grant through: one that was opened while the ports were not closed yet needed
      // no rule of its own.
      const jobs = wroteAt === undefined ? [] : await looksAtGrants(deps.grants, want.vm, now);
      const whole = { ...step, jobs: [...step.jobs, ...jobs], facts: [...step.facts, ...drift] };
      return (await commit(deps, at, whole)) ? "settled" : "again";
    }
  }
}

/** False when somebody else was faster. */
async function commit<Net, Rule>(
  { lockdowns, clock }: SettleLockdownDeps<Net, Rule>,
  at: Position,
  step: Step<LockdownState>,
): Promise<boolean> {
  const committed = await lockdowns.commit(at.entry, step.next, promisesOf(step, step.next.cause, clock.now()));
  if (committed.kind === "stale") return false;
  at.entry = committed.entry;
  at.lockdown = step.next;
  return true;
}
