import { instantOf, LockdownId, ObjectId, plusMs, plusSeconds, refusal } from "@sallyport/contracts";
import type { Instant, StoredChange } from "@sallyport/contracts";
import { aPolicy, aUuid, aVm } from "@sallyport/testkit";
import fc from "fast-check";
import { STEP_LEASE_MS } from "../grant/decide.ts";
import type { Step } from "../step.ts";
import {
  configure,
  dismiss,
  driftOf,
  lockedDown,
  prepare,
  refuseLockdown,
  retryLockdown,
  snapshotOf,
  unlocked,
} from "./decide.ts";
import { holdsInverse, sameInverse } from "./inverse.ts";
import { holds } from "./state.ts";
import type { LockdownState } from "./state.ts";
import { wantOfLockdown } from "./want.ts";

const START = instantOf(Date.UTC(2026, 0, 31, 8));
const at = (seconds: number): Instant => plusSeconds(START, seconds);
const vm = aVm();
const id = LockdownId.parse("l00000000000000a");
const gate = (name: string) => ObjectId.parse(name);
const taken = (rule: string): StoredChange => ({ object: gate("sg-web"), verb: "put", rule: { name: rule, port: 22 } });

const stepOf = (step: Step<LockdownState> | undefined): Step<LockdownState> => {
  if (step === undefined) throw new Error("no step");
  return step;
};
const jobsOf = ({ jobs }: Step<LockdownState>) => jobs.map(({ job, due }) => [job.name, due]);
const toldOf = ({ facts }: Step<LockdownState>) => facts.map(({ fact }) => fact.type.split(".").slice(1, 3).join("."));

const locking = () => stepOf(configure(undefined, aPolicy({ vm }), id, aUuid(1), START)).next;
const prepared = () => stepOf(prepare(locking(), [gate("sg-web")], [taken("a")], at(1))).next;
const seen = { shadows: [], inverse: [taken("a")] };
const locked = () => lockedDown(prepared(), seen, at(300), at(2)).next;
const removal = { vm, version: 2 };
const unlocking = () => stepOf(dismiss(locked(), removal, id, aUuid(2), at(60))).next;

describe("a policy that is set", () => {
  it("asks for its ports to be closed, now, and again if the process dies", () => {
    const step = stepOf(configure(undefined, aPolicy({ vm }), id, aUuid(1), START));
    expect(step.next).toMatchObject({
      state: "Locking",
      ports: [{ port: 22, protocol: "tcp" }],
      policyVersion: 1,
      nextTry: plusMs(START, STEP_LEASE_MS),
    });
    expect([jobsOf(step), toldOf(step)]).toEqual([[["LockVm", START]], []]);
  });

  it("has no effect when it is known, or older than what is known", () => {
    expect(configure(locked(), aPolicy({ vm, version: 1 }), id, aUuid(1), at(5))).toBeUndefined();
    expect(configure(unlocking(), aPolicy({ vm, version: 2 }), id, aUuid(1), at(5))).toBeUndefined();
  });

  it("with other ports keeps what is to be given back, and where it was written", () => {
    const policy = aPolicy({ vm, version: 2, ports: [{ port: 3389, maxDuration: 3600 }] });
    expect(stepOf(configure(locked(), policy, id, aUuid(3), at(60))).next).toMatchObject({
      state: "Locking",
      ports: [{ port: 3389 }],
      inverse: [taken("a")],
      objects: [gate("sg-web")],
    });
  });
});

describe("a policy that is removed", () => {
  it("asks for what was taken to be given back, now", () => {
    const step = stepOf(dismiss(locked(), removal, id, aUuid(2), at(60)));
    expect(step.next).toMatchObject({ state: "Unlocking", policyVersion: 2, inverse: [taken("a")], cause: aUuid(2) });
    expect(jobsOf(step)).toEqual([["UnlockVm", at(60)]]);
    expect(dismiss(step.next, removal, id, aUuid(2), at(61))).toBeUndefined();
  });

  it("before it was known is remembered, so that the older policy has no effect when it comes", () => {
    const step = stepOf(dismiss(undefined, removal, id, aUuid(2), START));
    expect([step.next.state, step.jobs, step.facts]).toEqual(["Unlocked", [], []]);
    expect(configure(step.next, aPolicy({ vm, version: 1 }), id, aUuid(1), at(1))).toBeUndefined();
    expect(configure(step.next, aPolicy({ vm, version: 3 }), id, aUuid(1), at(1))?.next.state).toBe("Locking");
  });
});

describe("what a lockdown takes away", () => {
  it("is stored and told, with the objects, before anything is written", () => {
    const step = stepOf(prepare(locking(), [gate("sg-web")], [taken("a")], at(1)));
    expect(step.next).toMatchObject({ objects: [gate("sg-web")], inverse: [taken("a")], state: "Locking" });
    expect(step.facts[0]?.fact).toEqual({
      type: "sallyport.lockdown.prepared.v1",
      data: { lockdown: snapshotOf(step.next, at(1)) },
    });
  });

  it("is not stored twice, in whatever order its members are written", () => {
    expect(prepare(prepared(), [gate("sg-web")], [taken("a")], at(2))).toBeUndefined();
    const otherOrder: StoredChange = { rule: { port: 22, name: "a" }, verb: "put", object: gate("sg-web") };
    expect(prepare(prepared(), [gate("sg-web")], [otherOrder], at(2))).toBeUndefined();
    expect(prepare(prepared(), [gate("sg-web")], undefined, at(2))).toBeUndefined();
  });

  it("is stored anew when it is something else, however much it is: a rule that others wrote meanwhile is not lost", () => {
    const step = stepOf(prepare(prepared(), [gate("sg-web")], [taken("b")], at(2)));
    expect(step.next.inverse).toEqual([taken("b")]);
    expect(toldOf(step)).toEqual(["lockdown.prepared"]);
    const other = stepOf(prepare(locking(), [gate("sg-web")], [taken("a")], at(1)));
    expect(step.facts[0]?.step).not.toBe(other.facts[0]?.step);
  });

  it("is only added to, as far as the objects go", () => {
    const step = stepOf(prepare(prepared(), [gate("sg-db")], undefined, at(2)));
    expect(step.next).toMatchObject({ objects: [gate("sg-web"), gate("sg-db")], inverse: [taken("a")] });
  });

  it("is compared as a set", () => {
    const changes = fc.subarray(["a", "b", "c"].map(taken));
    fc.assert(
      fc.property(changes, changes, (a, b) => {
        expect(holdsInverse(a, b)).toBe(b.every((one) => a.includes(one)));
        expect(sameInverse(a, b)).toBe(a.length === b.length && holdsInverse(a, b));
      }),
    );
  });
});

describe("a lockdown that is seen in place", () => {
  it("is told once, with the whole of what would undo it, and looked at again from time to time", () => {
    const step = lockedDown(prepared(), seen, at(300), at(2));
    expect(step.next).toMatchObject({ state: "Locked", at: at(2), nextTry: at(300), inverse: [taken("a")] });
    expect(step.facts[0]?.fact).toMatchObject({
      type: "sallyport.lockdown.locked.v1",
      data: { effective: true, lockdown: { inverse: [taken("a")] } },
    });
    expect(toldOf(lockedDown(step.next, seen, at(600), at(300)))).toEqual([]);
  });

  it("is not effective while foreign rules let traffic through; they are named, and told when they change", () => {
    const shadow = (by: string) => ({ port: 22, protocol: "tcp", by, sources: "0.0.0.0/0" }) as never;
    const step = lockedDown(prepared(), { ...seen, shadows: [shadow("nat-1")] }, at(300), at(2));
    expect(step.next).toMatchObject({ state: "NotEffective", shadows: [{ by: "nat-1" }] });
    expect(step.facts[0]?.fact).toMatchObject({ data: { effective: false, lockdown: { shadows: [{ by: "nat-1" }] } } });
    expect(toldOf(lockedDown(step.next, { ...seen, shadows: [shadow("nat-1")] }, at(600), at(300)))).toEqual([]);
    expect(toldOf(lockedDown(step.next, { ...seen, shadows: [shadow("nat-2")] }, at(600), at(300)))).toHaveLength(1);
    const effective = lockedDown(step.next, seen, at(600), at(300));
    expect([effective.next.state, toldOf(effective)]).toEqual(["Locked", ["lockdown.locked"]]);
    expect(effective.next).not.toHaveProperty("shadows");
  });

  it("forgets what has come back already, and tells so", () => {
    const step = lockedDown(locked(), { shadows: [], inverse: [] }, at(600), at(300));
    expect([step.next.inverse, toldOf(step)]).toEqual([[], ["lockdown.locked"]]);
  });

  it("tells of drift at the object where something had to be put back", () => {
    expect(driftOf(locked(), gate("sg-web"), at(300))).toMatchObject({
      fact: { type: "sallyport.access.drift-detected.v1", data: { vm, object: gate("sg-web"), kind: "missing" } },
      cause: aUuid(1),
    });
  });
});

describe("a lockdown that the network refuses", () => {
  const why = [refusal("network.shared-group", "shared")] as const;

  it("is told once, keeps what it had taken, and is looked at again", () => {
    const step = refuseLockdown(prepared(), why, at(300), at(2));
    expect(step.next).toMatchObject({ state: "Refused", reasons: why, inverse: [taken("a")], nextTry: at(300) });
    expect(toldOf(step)).toEqual(["lockdown.failed"]);
    expect(toldOf(refuseLockdown(step.next, why, at(600), at(300)))).toEqual([]);
    const other = [refusal("network.quota", "full")] as const;
    expect(toldOf(refuseLockdown(step.next, other, at(600), at(300)))).toEqual(["lockdown.failed"]);
  });
});

describe("a lockdown that is undone", () => {
  it("is told when it was read back, and holds nothing any more", () => {
    const step = unlocked(unlocking(), at(61));
    expect(step.next).toMatchObject({ state: "Unlocked", inverse: [], objects: [], policyVersion: 2 });
    expect(toldOf(step)).toEqual(["lockdown.unlocked"]);
  });
});

describe("a step of a lockdown that fails for the moment", () => {
  it.each([
    ["LockVm", locking],
    ["UnlockVm", unlocking],
  ] as const)("is promised again: %s", (job, row) => {
    const step = retryLockdown(row(), "azure.locked: busy", at(99));
    expect(jobsOf(step)).toEqual([[job, at(99)]]);
    expect(step.next).toMatchObject({ state: row().state, tries: 1, nextTry: at(99), lastFault: "azure.locked: busy" });
    expect(step.facts).toEqual([]);
  });
});

describe("what the cloud should hold for a lockdown", () => {
  it("is the deny, while there is a policy; what it took, afterwards; then nothing", () => {
    const refused = refuseLockdown(prepared(), [refusal("network.quota", "full")], at(300), at(2)).next;
    for (const row of [locking(), prepared(), locked(), refused])
      expect(wantOfLockdown(row)).toMatchObject({ kind: "lock-down", inverse: row.inverse });
    expect(wantOfLockdown(unlocking())).toMatchObject({
      kind: "unlock",
      inverse: [taken("a")],
      objects: [gate("sg-web")],
    });
    expect(wantOfLockdown(unlocked(unlocking(), at(61)).next)).toBeUndefined();
  });

  it("holds a port for grants by number and transport, until it is given up", () => {
    const tcp = { port: 22, protocol: "tcp" } as never;
    expect([holds(locked(), tcp), holds(locked(), { port: 22, protocol: "udp" } as never)]).toEqual([true, false]);
    expect([holds(locked(), { port: 23, protocol: "tcp" } as never), holds(unlocking(), tcp)]).toEqual([false, false]);
  });
});
