import { instantOf, LockdownId, ObjectId, plusMs, plusSeconds, refusal } from "@sallyport/contracts";
import type { Instant, Receipt } from "@sallyport/contracts";
import { aGrantId, anAccess, anEventId, aUuid, aVm } from "@sallyport/testkit";
import type { LockdownState } from "../lockdown/state.ts";
import type { Step } from "../step.ts";
import {
  approve,
  closed,
  collected,
  collectNow,
  expire,
  extended,
  knows,
  opened,
  refuseOpening,
  reopened,
  retry,
  revoke,
  startOpening,
  STEP_LEASE_MS,
} from "./decide.ts";
import type { Approval } from "./decide.ts";
import { dueOf, leftVmOf, liveVmOf } from "./index-keys.ts";
import { endOf, isLeaving, isLive, objectsOf } from "./state.ts";
import type { Approved, Closing, GrantState, Open, Opening } from "./state.ts";
import { collectOf, wantOf, withdrawOf } from "./want.ts";

const START = instantOf(Date.UTC(2026, 0, 31, 8));
const at = (seconds: number): Instant => plusSeconds(START, seconds);
const vm = aVm();
const nsg = ObjectId.parse("nsg-web");
const seen = { ways: [{ address: "198.51.100.10", port: 22 }], closing: { sessions: "kept", because: "x" } } as never;

const lockdown = (about: Partial<Pick<LockdownState, "policyVersion" | "ports" | "state">> = {}): LockdownState =>
  ({
    id: LockdownId.parse("l00000000000000a"),
    vm,
    ports: [{ port: 22, protocol: "tcp" }],
    options: { precedence: "seed", sharedGroups: "refuse" },
    policyVersion: 1,
    cause: aUuid(9),
    inverse: [],
    objects: [],
    tries: 0,
    nextTry: START,
    state: "Locked",
    at: START,
    ...about,
  }) as LockdownState;

const approval = (about: Partial<Approval> = {}): Approval => ({
  access: anAccess({ vm }),
  notAfter: at(7215),
  approvedAt: START,
  extends: false,
  cause: anEventId(1),
  ...about,
});

const stepOf = (step: Step<GrantState> | "wait" | undefined): Step<GrantState> => {
  if (step === undefined || step === "wait") throw new Error(`no step but ${step}`);
  return step;
};
const take = <State extends GrantState["state"]>(
  step: Step<GrantState>,
  state: State,
): Extract<GrantState, { state: State }> => {
  expect(step.next.state).toBe(state);
  return step.next as Extract<GrantState, { state: State }>;
};
const jobsOf = ({ jobs }: Step<GrantState>) => jobs.map(({ job, due }) => [job.name, due]);
const typesOf = ({ facts }: Step<GrantState>) =>
  facts.map(({ fact }) => fact.type.replace(/^sallyport\.access\.(.*)\.v1$/, "$1"));

const approved = (): Approved => take(stepOf(approve(undefined, approval(), lockdown(), START)), "Approved");
const opening = (): Opening => take(startOpening(approved(), [nsg], at(1)), "Opening");
const open = (): Open => take(opened(opening(), seen, at(4)), "Open");
const closing = (): Closing => take(expire(open(), at(7204)), "Closing");
const receipt = { grantId: aGrantId(), closedAt: at(7205) } as Receipt;
const extension = (notAfter = at(9000)): Approval =>
  approval({ extends: true, notAfter, cause: anEventId(2), access: anAccess({ vm, duration: 9000 }) });

describe("approving a grant", () => {
  it("promises the closing at its latest end before the opening now", () => {
    const step = stepOf(approve(undefined, approval(), lockdown(), START));
    expect(jobsOf(step)).toEqual([
      ["RevokeGrant", at(7215)],
      ["OpenGrant", START],
    ]);
    expect(step.facts).toEqual([]);
  });

  it("has no effect the second time, whatever became of the grant", () => {
    for (const known of [approved(), opening(), open(), closing(), closed(closing(), receipt, at(7205)).next])
      expect(approve(known, approval(), lockdown(), at(1))).toBeUndefined();
  });

  it("waits for a lockdown that is not known yet, or that follows an older policy than the request was checked against", () => {
    expect(approve(undefined, approval(), undefined, START)).toBe("wait");
    const newer = approval({ access: anAccess({ vm, policyVersion: 2 }) });
    expect(approve(undefined, newer, lockdown({ policyVersion: 1 }), START)).toBe("wait");
    expect(approve(undefined, newer, lockdown({ policyVersion: 2 }), START)).not.toBe("wait");
  });

  it("waits no longer than the approval lasts", () => {
    expect(typesOf(stepOf(approve(undefined, approval(), undefined, at(7215))))).toEqual(["failed"]);
    expect(approve(undefined, extension(), undefined, at(8999))).toBe("wait");
    expect(approve(undefined, extension(), undefined, at(9000))).toBeUndefined();
  });

  it("fails, naming every port that is not under lockdown any more", () => {
    const access = anAccess({
      vm,
      ports: [22, 3389, 5985].map((port) => ({ port, sources: ["203.0.113.7"] })),
    });
    const step = stepOf(approve(undefined, approval({ access }), lockdown(), START));
    expect(take(step, "Failed").reasons.map(({ code, detail }) => [code, detail])).toEqual([
      ["policy.port-removed", "Port 3389/tcp is not under lockdown on this VM."],
      ["policy.port-removed", "Port 5985/tcp is not under lockdown on this VM."],
    ]);
    expect([jobsOf(step), typesOf(step)]).toEqual([[], ["failed"]]);
  });

  it.each(["Unlocking", "Unlocked"] as const)("fails on a lockdown that is %s", (state) => {
    expect(stepOf(approve(undefined, approval(), lockdown({ state }), START)).next.state).toBe("Failed");
  });

  it("fails when its end has passed already, to the millisecond", () => {
    expect(stepOf(approve(undefined, approval(), lockdown(), at(7215))).next.state).toBe("Failed");
    expect(stepOf(approve(undefined, approval(), lockdown(), plusMs(at(7215), -1))).next.state).toBe("Approved");
  });

  it("fails a grant that was given back before its approval came, and tells it once", () => {
    const forestalled = stepOf(revoke(undefined, { grantId: aGrantId(), vm, reason: "given-back" }, START));
    expect([forestalled.next.state, forestalled.jobs, forestalled.facts]).toEqual(["Failed", [], []]);
    const step = stepOf(approve(forestalled.next, approval(), lockdown(), at(1)));
    expect(typesOf(step)).toEqual(["failed"]);
    expect(take(step, "Failed").reasons[0]?.code).toBe("grant.revoked-before-opening");
    expect(approve(step.next, approval(), lockdown(), at(2))).toBeUndefined();
  });
});

describe("opening", () => {
  it("makes the objects known to the row before they are written, and remembers all of them", () => {
    expect(knows(approved(), [])).toBe(false);
    expect(knows(opening(), [nsg])).toBe(true);
    const other = ObjectId.parse("nsg-subnet");
    expect(knows(opening(), [nsg, other])).toBe(false);
    const wider = take(startOpening(opening(), [other], at(2)), "Opening");
    expect(wider.objects).toEqual([nsg, other]);
    expect(take(startOpening(open(), [other], at(5)), "Open").objects).toEqual([nsg, other]);
  });

  it("ends when the duration is over, counted from when it was seen open, with a closing of its own", () => {
    const step = opened(opening(), seen, at(4));
    expect(take(step, "Open").expiresAt).toBe(at(7204));
    expect(jobsOf(step)).toEqual([["RevokeGrant", at(7204)]]);
    expect(typesOf(step)).toEqual(["granted"]);
  });

  it("never ends later than was approved, however long the opening took", () => {
    const step = opened(opening(), seen, at(300));
    expect(take(step, "Open").expiresAt).toBe(at(7215));
    expect(jobsOf(step)).toEqual([]);
  });

  it("tells an extension that came while it was opened, and ends with it", () => {
    const extending = take(stepOf(approve(opening(), extension(), lockdown(), at(2))), "Opening");
    const step = opened(extending, seen, at(4));
    expect(take(step, "Open").expiresAt).toBe(at(9000));
    expect(step.facts.map(({ step: name, cause }) => [name, cause])).toEqual([
      ["granted", anEventId(1)],
      ["extended", anEventId(2)],
    ]);
    expect(take(step, "Open")).not.toHaveProperty("extension");
  });

  it("that is refused before anything was written fails at once; afterwards it withdraws first, and fails once read back", () => {
    const why = [refusal("network.no-free-priority", "full")] as const;
    expect(typesOf(refuseOpening(approved(), why, at(2)))).toEqual(["failed"]);
    const step = refuseOpening(opening(), why, at(2));
    expect([typesOf(step), jobsOf(step)]).toEqual([[], [["RevokeGrant", at(2)]]]);
    const withdrawing = take(step, "Closing");
    expect(withdrawing).toMatchObject({ reason: "opening-failed", failure: why, objects: [nsg] });
    const end = closed(withdrawing, receipt, at(3));
    expect([end.next.state, typesOf(end)]).toEqual(["Failed", ["failed"]]);
  });

  it("whose end came first fails, and says what stood in the way", () => {
    expect(typesOf(expire(approved(), at(7215)))).toEqual(["failed"]);
    const tried = { ...opening(), lastFault: "azure.throttled: slow down" };
    const withdrawing = take(expire(tried, at(7215)), "Closing");
    expect(withdrawing.failure?.[0]).toMatchObject({
      code: "grant.too-late",
      detail: expect.stringContaining("azure.throttled: slow down") as string,
    });
    expect(typesOf(closed(withdrawing, receipt, at(7216)))).toEqual(["failed"]);
  });
});

describe("extending", () => {
  it("promises the new closing first, then writes the new end", () => {
    const step = stepOf(approve(open(), extension(), lockdown(), at(3600)));
    expect(jobsOf(step)).toEqual([
      ["RevokeGrant", at(9000)],
      ["OpenGrant", at(3600)],
    ]);
    expect(take(step, "Open")).toMatchObject({ notAfter: at(9000), expiresAt: at(9000), extension: anEventId(2) });
    expect(step.facts).toEqual([]);
  });

  it("is told when the cloud shows the new end, once", () => {
    const extending = take(stepOf(approve(open(), extension(), lockdown(), at(3600))), "Open");
    const step = stepOf(extended(extending, at(3601)));
    expect(step.facts.map(({ fact, cause }) => [fact.type, cause])).toEqual([
      ["sallyport.access.extended.v1", anEventId(2)],
    ]);
    expect(extended(take(step, "Open"), at(3602))).toBeUndefined();
  });

  it("never shortens, never revives what has ended or is closing, and has no effect the second time", () => {
    expect(approve(open(), extension(at(7215)), lockdown(), at(3600))).toBeUndefined();
    expect(approve(open(), extension(), lockdown(), at(7204))).toBeUndefined();
    expect(approve(closing(), extension(), lockdown(), at(7204))).toBeUndefined();
    expect(approve(closed(closing(), receipt, at(7205)).next, extension(), lockdown(), at(7206))).toBeUndefined();
    const once = stepOf(approve(open(), extension(), lockdown(), at(3600))).next;
    expect(approve(once, extension(), lockdown(), at(3600))).toBeUndefined();
  });

  it("waits for a grant that is not known yet", () => {
    expect(approve(undefined, extension(), lockdown(), START)).toBe("wait");
  });
});

describe("closing", () => {
  it.each([
    ["approved", approved],
    ["being opened", opening],
    ["open", open],
  ] as const)("is promised at once for a grant that is %s and given back", (_, grant) => {
    const step = stepOf(revoke(grant(), { grantId: aGrantId(), vm, reason: "given-back" }, at(10)));
    expect(take(step, "Closing")).toMatchObject({ reason: "given-back", since: at(10), objects: objectsOf(grant()) });
    expect(jobsOf(step)).toEqual([["RevokeGrant", at(10)]]);
  });

  it("is not begun twice, and a grant that is over stays as it is", () => {
    const again = { grantId: aGrantId(), vm, reason: "revoked-by-administrator" } as const;
    expect(revoke(closing(), again, at(8000))).toBeUndefined();
    expect(revoke(closed(closing(), receipt, at(7205)).next, again, at(8000))).toBeUndefined();
    expect(revoke(expire(approved(), at(7215)).next, again, at(8000))).toBeUndefined();
  });

  it("counts from the end that was due, not from when somebody looked", () => {
    expect(take(expire(open(), at(9999)), "Closing").since).toBe(at(7204));
    expect(stepOf(revoke(open(), { grantId: aGrantId(), vm, reason: "given-back" }, at(9999))).next).toMatchObject({
      since: at(7204),
    });
  });

  it("tells the receipt under the cause of the grant, and why it was closed", () => {
    const step = closed(closing(), receipt, at(7205));
    expect(step.facts).toEqual([
      {
        fact: {
          type: "sallyport.access.revoked.v1",
          data: { access: anAccess({ vm }), reason: "expired", receipt },
        },
        step: "revoked",
        cause: anEventId(1),
      },
    ]);
    expect(step.jobs).toEqual([]);
  });

  it("that fails is promised again at its next try, for ever, and told overdue exactly once", () => {
    let row = closing();
    const told: string[] = [];
    for (let n = 1; n <= 50; n++) {
      const setback = { fault: "azure.locked: busy", nextTry: at(7204 + n), overdueFrom: at(7219) };
      const step = retry(row, setback, at(7203 + n));
      expect(jobsOf(step)).toEqual([["RevokeGrant", at(7204 + n)]]);
      row = take(step, "Closing");
      expect([row.tries, row.nextTry, row.lastFault]).toEqual([n, at(7204 + n), "azure.locked: busy"]);
      told.push(...step.facts.map(({ fact }) => `${fact.type} at ${n}`));
    }
    expect(told).toEqual(["sallyport.access.overdue.v1 at 16"]);
  });
});

describe("an opening that fails for the moment", () => {
  it("is promised again, and its closing stays where it was", () => {
    const step = retry(opening(), { fault: "x", nextTry: at(9), overdueFrom: at(9999) }, at(5));
    expect(jobsOf(step)).toEqual([["OpenGrant", at(9)]]);
    expect(step.facts).toEqual([]);
    expect(take(step, "Opening")).toMatchObject({ tries: 1, nextTry: at(9), notAfter: at(7215) });
  });
});

describe("what somebody shut while it was open", () => {
  it("is told as drift, and the grant goes on as it was", () => {
    const step = reopened(open(), nsg, at(60));
    expect(step.next).toEqual(open());
    expect(step.facts[0]?.fact).toMatchObject({ type: "sallyport.access.drift-detected.v1", data: { object: nsg } });
  });
});

describe("what the cloud should hold", () => {
  it("is the door, carrying the latest end, until its end comes; then nothing of the grant, at every object known", () => {
    expect(wantOf(open(), at(7203))).toMatchObject({ kind: "allow", end: at(7215) });
    expect(wantOf(open(), at(7204))).toMatchObject({ kind: "withdraw", objects: [nsg] });
    expect(wantOf(opening(), at(7215))).toMatchObject({ kind: "withdraw", objects: [nsg] });
    expect(wantOf(approved(), at(7215))).toMatchObject({ kind: "withdraw", objects: [] });
    expect(wantOf(closing(), START)).toMatchObject({ kind: "withdraw" });
    expect(wantOf(closed(closing(), receipt, at(7205)).next, START)).toBeUndefined();
    expect(wantOf(expire(approved(), at(7215)).next, START)).toBeUndefined();
  });
});

describe("when reconcile looks after a row", () => {
  it("is when its step's lease is over, and never later than its end", () => {
    expect(dueOf(approved())).toBe(plusMs(START, STEP_LEASE_MS));
    expect(dueOf({ ...opening(), nextTry: at(9999) })).toBe(at(7215));
    expect(dueOf(open())).toBe(at(7204));
    expect(dueOf(closing())).toBe(at(7204));
    expect(dueOf(closed(closing(), receipt, at(7205)).next)).toBeUndefined();
    const extending = take(stepOf(approve(open(), extension(), lockdown(), at(3600))), "Open");
    expect(dueOf(extending)).toBe(plusMs(at(3600), STEP_LEASE_MS));
    expect(dueOf({ ...extending, nextTry: at(9999) })).toBe(at(9000));
  });

  it("is when what a closed grant has left is to go, or goes earlier since its place is needed, and never once it is gone", () => {
    const left = { objects: [nsg], until: at(50_000) };
    const leaving = take(closed(closing(), receipt, at(7205), { left }), "Closed");
    if (!isLeaving(leaving)) throw new Error("nothing is left");
    expect([isLive(leaving), liveVmOf(leaving), leftVmOf(leaving), dueOf(leaving)]).toEqual([
      false,
      undefined,
      vm,
      at(50_000),
    ]);
    expect(collectOf(leaving)).toMatchObject({ kind: "withdraw", vm, objects: [nsg], collect: true });
    expect(dueOf(collectNow(leaving, at(9000)).next)).toBe(at(9000));
    expect(dueOf(collectNow(leaving, at(60_000)).next)).toBe(at(50_000));
    expect(dueOf(collected(leaving, { ...left, until: at(53_600) }).next)).toBe(at(53_600));
    const gone = collected(leaving, undefined);
    expect([gone.jobs, gone.facts, dueOf(gone.next), leftVmOf(gone.next)]).toEqual([[], [], undefined, undefined]);
    expect(gone.next).toEqual(closed(closing(), receipt, at(7205)).next);
  });

  it("leaves nothing of a door that was never seen open", () => {
    expect(withdrawOf(closing())).not.toHaveProperty("collect");
    expect(withdrawOf(take(expire(opening(), at(7215)), "Closing"))).toMatchObject({ collect: true });
  });

  it("finds the VM of a grant that is not over, and of no other", () => {
    expect(liveVmOf(closing())).toBe(vm);
    expect(liveVmOf(closed(closing(), receipt, at(7205)).next)).toBeUndefined();
    expect(isLive(closed(closing(), receipt, at(7205)).next)).toBe(false);
    expect([endOf(approved()), endOf(open()), endOf(closing())]).toEqual([at(7215), at(7204), at(7204)]);
  });
});
