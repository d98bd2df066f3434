import { createLedger, quietLog, quietMetrics } from "@sallyport/backbone";
import { SallyportError, plusSeconds } from "@sallyport/contracts";
import { aGrantId, anAccess, anEvent } from "@sallyport/testkit";
import { anEnforcer, deriveEventId } from "./enforcer-under-test.conformance.ts";
import type { EnforcerUnderTest } from "./enforcer-under-test.conformance.ts";
import { onAccessApproved } from "./on-access-approved.ts";
import { createReconcile } from "./reconcile.ts";
import { grantsTable } from "./tables.ts";

const reconciled = (enforcer: EnforcerUnderTest, settle: (id: string) => Promise<void>, concurrency = 4) =>
  createReconcile({ clock: enforcer.clock, log: quietLog, metrics: quietMetrics, everyMs: 30_000, concurrency }, [
    { name: "grants", ledger: enforcer.grants, settle },
  ]);

/** Grants whose step is long overdue for a look. */
const grantsDue = async (enforcer: EnforcerUnderTest, n: number) => {
  await enforcer.locked();
  for (let i = 1; i <= n; i++) await enforcer.approved({ grantId: aGrantId(i) });
  await enforcer.clock.pass(60_000);
};

describe("reconcile", () => {
  it("settles at start, and then every thirty seconds, whatever is due, needing neither queue nor timer", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const id = await enforcer.approved();
    await enforcer.first.settleGrant(id);
    const settled: string[] = [];
    const running = reconciled(enforcer, async (one) => {
      settled.push(`${one} at ${enforcer.clock.now()}`);
      await enforcer.first.settleGrant(aGrantId());
    });
    await enforcer.clock.pass(7_199_999);
    expect(settled).toEqual([]);
    await enforcer.clock.pass(30_001);
    expect(settled).toEqual([`${id} at ${plusSeconds("2026-01-31T08:00:00.000Z" as never, 7200)}`]);
    expect(await enforcer.grant(id)).toMatchObject({ state: "Closed" });
    await running.close();
  });

  it("keeps the promises that a process left owed, the closing first", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const { ports, clock, vm } = enforcer;
    // The row is written; the process hangs at its first promise, and is never heard of again.
    const queue = { ...ports.queue, put: () => new Promise<never>(() => {}) };
    const source = "/sallyport/enforcer-azure";
    const stuck = createLedger({ table: grantsTable("azure"), ...ports, queue, deriveEventId, source });
    const data = { access: anAccess({ vm }), approvedAt: clock.now(), notAfter: plusSeconds(clock.now(), 7215) };
    const approval = anEvent({ type: "sallyport.access.approved.v1", data: { ...data, extends: false } } as const);
    void onAccessApproved({ clock, grants: stuck, lockdowns: enforcer.lockdowns })(approval);
    await clock.pass(0);
    expect([await enforcer.grants.owing(10), enforcer.promised("RevokeGrant")]).toEqual([[aGrantId()], []]);

    const running = reconciled(enforcer, () => Promise.resolve());
    await clock.pass(0);
    expect(await enforcer.grants.owing(10)).toEqual([]);
    expect([enforcer.promised("RevokeGrant").length, enforcer.promised("OpenGrant").length]).toEqual([1, 1]);
    await running.close();
  });

  it("looks after all others when one cannot be settled, and comes back to it", async () => {
    const enforcer = anEnforcer();
    await grantsDue(enforcer, 3);
    const settled: string[] = [];
    const running = reconciled(enforcer, async (id) => {
      settled.push(id);
      if (id === aGrantId(2)) throw new TypeError("x is undefined");
    });
    await enforcer.clock.pass(29_999);
    expect(settled.toSorted()).toEqual([1, 2, 3].map(aGrantId));
    await enforcer.clock.pass(1);
    expect(settled.filter((id) => id === aGrantId(2))).toHaveLength(2);
    await running.close();
  });

  it("comes back as soon as a dead process's claim has run out, and not a whole pass later", async () => {
    const enforcer = anEnforcer();
    await grantsDue(enforcer, 1);
    const { clock } = enforcer;
    const held = new SallyportError({ code: "backbone.lease-held", detail: "held" });
    const began = clock.elapsed();
    const tried: number[] = [];
    const running = reconciled(enforcer, () => {
      tried.push(clock.elapsed() - began);
      return tried.length === 1 ? Promise.reject(held) : Promise.resolve();
    });
    await clock.pass(45_000);
    expect(tried).toEqual([0, 6000, 36_000]);
    await running.close();
  });

  it("settles no more rows at once than it may, and begins no new one once it is closed", async () => {
    const enforcer = anEnforcer();
    await grantsDue(enforcer, 9);
    let [now, most, all] = [0, 0, 0];
    const running = reconciled(
      enforcer,
      async () => {
        all += 1;
        most = Math.max(most, (now += 1));
        await new Promise<void>((resolve) => {
          enforcer.clock.after(1000, resolve);
        });
        now -= 1;
      },
      2,
    );
    await enforcer.clock.pass(500);
    const closing = running.close();
    await enforcer.clock.pass(60_000);
    await closing;
    expect([most, all]).toEqual([2, 2]);
  });
});
