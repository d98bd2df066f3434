import { cloudOf, plusMs } from "@sallyport/contracts";
import type {
  Instant,
  Job,
  JitPolicy,
  LockdownId,
  LockdownSnapshot,
  ObjectId,
  Refusal,
  Shadow,
  StoredChange,
  VmRef,
} from "@sallyport/contracts";
import { STEP_LEASE_MS } from "../grant/decide.ts";
import { stepTo } from "../step.ts";
import type { Step, StepFact } from "../step.ts";
import { sameInverse } from "./inverse.ts";
import type { LockdownLife, LockdownState } from "./state.ts";

const lockJob = (vm: VmRef): Job => ({ name: "LockVm", data: { cloud: cloudOf(vm), vm } });
const unlockJob = (vm: VmRef): Job => ({ name: "UnlockVm", data: { cloud: cloudOf(vm), vm } });

/** The whole lockdown, as its events carry it. */
export function snapshotOf(
  lockdown: LockdownLife & { readonly shadows?: readonly Shadow[] },
  at: Instant,
): LockdownSnapshot {
  const { id, vm, ports, options, policyVersion, inverse, objects, shadows = [] } = lockdown;
  return {
    id,
    vm,
    ports: [...ports],
    options,
    policyVersion,
    inverse: [...inverse],
    objects: [...objects],
    shadows: [...shadows],
    at,
  };
}

const lifeOf = (
  { id, vm, ports, options, policyVersion, cause, inverse, objects, place }: LockdownLife,
  nextTry: Instant,
): LockdownLife => ({
  id,
  vm,
  ports,
  options,
  policyVersion,
  cause,
  inverse,
  objects,
  tries: 0,
  nextTry,
  ...(place !== undefined && { place }),
});

/** The policy of a VM was set: its ports are to be closed. An older or known version has no effect (G9). */
export function configure(
  lockdown: LockdownState | undefined,
  policy: JitPolicy,
  id: LockdownId,
  cause: string,
  now: Instant,
): Step<LockdownState> | undefined {
  if (lockdown !== undefined && lockdown.policyVersion >= policy.version) return undefined;
  const ports = policy.ports.map(({ port, protocol }) => ({ port, protocol }));
  const next: LockdownState = {
    state: "Locking",
    id,
    vm: policy.vm,
    ports,
    options: policy.lockdown,
    policyVersion: policy.version,
    cause,
    inverse: lockdown?.inverse ?? [],
    objects: lockdown?.objects ?? [],
    tries: 0,
    nextTry: plusMs(now, STEP_LEASE_MS),
    ...(lockdown?.place !== undefined && { place: lockdown.place }),
  };
  return stepTo<LockdownState>(next, [{ job: lockJob(policy.vm), due: now }]);
}

/**
 * The survey has seen the VM at this place: its interfaces and private addresses. Another than before: what was written for the old one
 * is of no use, so the lockdown is looked at again now, not at its next recheck (P8). `undefined`: nothing new, or nothing stands.
 */
export function seenAt(
  lockdown: LockdownState | undefined,
  place: string,
  now: Instant,
): Step<LockdownState> | undefined {
  if (lockdown === undefined || lockdown.state === "Unlocked" || lockdown.place === place) return undefined;
  const next = { ...lockdown, place };
  if (lockdown.state === "Unlocking") return stepTo<LockdownState>(next);
  return stepTo<LockdownState>(next, [{ job: lockJob(lockdown.vm), due: now }]);
}

/** The policy of a VM was removed: what the lockdown took comes back. */
export function dismiss(
  lockdown: LockdownState | undefined,
  removed: { readonly vm: VmRef; readonly version: number },
  id: LockdownId,
  cause: string,
  now: Instant,
): Step<LockdownState> | undefined {
  if (lockdown !== undefined && lockdown.policyVersion >= removed.version) return undefined;
  const { vm, version: policyVersion } = removed;
  if (lockdown === undefined) {
    // The removal overtook what it removes: remember it, so that the older policy has no effect when it comes.
    const never: LockdownLife = {
      id,
      vm,
      ports: [],
      options: { precedence: "seed", sharedGroups: "refuse" },
      policyVersion,
      cause,
      inverse: [],
      objects: [],
      tries: 0,
      nextTry: now,
    };
    return stepTo<LockdownState>({ ...never, state: "Unlocked", at: now });
  }
  return stepTo<LockdownState>(
    { ...lifeOf({ ...lockdown, policyVersion, cause }, plusMs(now, STEP_LEASE_MS)), state: "Unlocking" },
    [{ job: unlockJob(vm), due: now }],
  );
}

const told = (
  type: "sallyport.lockdown.prepared.v1" | "sallyport.lockdown.unlocked.v1",
  next: LockdownState,
  step: string,
  now: Instant,
): StepFact => ({
  fact: { type, data: { lockdown: snapshotOf(next, now) } },
  step,
  cause: next.cause,
});

/** About to write: what will be taken away, and where, has to be stored and published first. `undefined` when it is already. */
export function prepare(
  lockdown: LockdownState,
  objects: readonly ObjectId[],
  inverse: readonly StoredChange[] | undefined,
  now: Instant,
): Step<LockdownState> | undefined {
  const all = [...new Set([...lockdown.objects, ...objects])];
  const isStored = inverse === undefined || sameInverse(inverse, lockdown.inverse);
  if (all.length === lockdown.objects.length && isStored) return undefined;
  const next = { ...lockdown, objects: all, inverse: inverse ?? lockdown.inverse };
  return stepTo<LockdownState>(
    next,
    [],
    [told("sallyport.lockdown.prepared.v1", next, `prepared-${now}-${all.length}-${next.inverse.length}`, now)],
  );
}

export interface SeenLocked {
  /** The foreign rules that still let traffic through. */
  readonly shadows: readonly Shadow[];
  /** What is still to be given back: less than was stored, when something of it has come back already. */
  readonly inverse: readonly StoredChange[];
}

/** The cloud shows the deny in place. */
export function lockedDown(
  lockdown: LockdownState,
  { shadows, inverse }: SeenLocked,
  recheckAt: Instant,
  now: Instant,
): Step<LockdownState> {
  const life = { ...lifeOf(lockdown, recheckAt), inverse };
  const next: LockdownState =
    shadows.length === 0 ? { ...life, state: "Locked", at: now } : { ...life, state: "NotEffective", at: now, shadows };
  if (sameOutcome(lockdown, next)) return stepTo<LockdownState>(next);
  return stepTo<LockdownState>(
    next,
    [],
    [
      {
        fact: {
          type: "sallyport.lockdown.locked.v1",
          data: { lockdown: snapshotOf(next, now), effective: shadows.length === 0 },
        },
        step: `locked-${now}`,
        cause: next.cause,
      },
    ],
  );
}

/** The lockdown stood, and yet something had to be written: somebody had changed it. It is back, and told. */
export const driftOf = (lockdown: LockdownState, object: ObjectId, now: Instant): StepFact => ({
  fact: {
    type: "sallyport.access.drift-detected.v1",
    data: {
      vm: lockdown.vm,
      object,
      kind: "missing",
      detail: "what the lockdown had put there was changed or deleted by someone else, and has been put back",
      at: now,
    },
  },
  step: `drift-${now}`,
  cause: lockdown.cause,
});

/** Seen again as it was: nothing to tell. */
function sameOutcome(before: LockdownState, after: LockdownState): boolean {
  if (!sameInverse(before.inverse, after.inverse)) return false;
  if (before.state === "Locked") return after.state === "Locked";
  return (
    before.state === "NotEffective" &&
    after.state === "NotEffective" &&
    JSON.stringify(before.shadows) === JSON.stringify(after.shadows)
  );
}

/** The network does not allow it, for good. What was taken away before stays stored, so that unlocking gives it back. */
export function refuseLockdown(
  lockdown: LockdownState,
  reasons: readonly [Refusal, ...Refusal[]],
  recheckAt: Instant,
  now: Instant,
): Step<LockdownState> {
  const next: LockdownState = { ...lifeOf(lockdown, recheckAt), state: "Refused", at: now, reasons };
  if (lockdown.state === "Refused" && JSON.stringify(lockdown.reasons) === JSON.stringify(reasons))
    return stepTo<LockdownState>(next);
  return stepTo<LockdownState>(
    next,
    [],
    [
      {
        fact: {
          type: "sallyport.lockdown.failed.v1",
          data: { lockdown: snapshotOf(next, now), reasons: [...reasons] },
        },
        step: `failed-${now}`,
        cause: next.cause,
      },
    ],
  );
}

/** The cloud shows nothing of the lockdown any more, and everything it took is back. */
export function unlocked(lockdown: LockdownState, now: Instant): Step<LockdownState> {
  const next: LockdownState = { ...lifeOf(lockdown, now), inverse: [], objects: [], state: "Unlocked", at: now };
  return stepTo<LockdownState>(next, [], [told("sallyport.lockdown.unlocked.v1", next, "unlocked", now)]);
}

/** A step failed for the moment; tried again for ever. */
export function retryLockdown(lockdown: LockdownState, fault: string, nextTry: Instant): Step<LockdownState> {
  const job = lockdown.state === "Unlocking" ? unlockJob(lockdown.vm) : lockJob(lockdown.vm);
  return stepTo<LockdownState>({ ...lockdown, tries: lockdown.tries + 1, nextTry, lastFault: fault }, [
    { job, due: nextTry },
  ]);
}
