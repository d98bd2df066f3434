import { plusSeconds } from "@sallyport/contracts";
import type { Cidr } from "@sallyport/contracts";
import { aGrantId, anAccess, anEvent, anEventId, aPolicy } from "@sallyport/testkit";
import { anEnforcer } from "./enforcer-under-test.conformance.ts";
import type { EnforcerUnderTest } from "./enforcer-under-test.conformance.ts";

const by = anAccess().principal;

const approvalOf = ({ vm, clock }: EnforcerUnderTest, about: Parameters<typeof anAccess>[0] = {}) => {
  const access = anAccess({ vm, ...about });
  const approvedAt = clock.now();
  const data = { access, approvedAt, notAfter: plusSeconds(approvedAt, access.duration + 15), extends: false };
  return anEvent({ type: "sallyport.access.approved.v1", data } as const, { id: anEventId(7) });
};
const revocationOf = ({ vm }: EnforcerUnderTest, n = 1) =>
  anEvent(
    {
      type: "sallyport.access.revocation-requested.v1",
      data: { vm, grantId: aGrantId(n), reason: "given-back", by },
    } as never,
    { id: anEventId(8) },
  ) as Parameters<EnforcerUnderTest["first"]["onRevoked"]>[0];
const removalOf = ({ vm, clock }: EnforcerUnderTest, version = 9) =>
  anEvent({ type: "sallyport.policy.removed.v1", data: { vm, by, version, at: clock.now() } } as const, {
    id: anEventId(200),
  });
const policyOf = ({ vm }: EnforcerUnderTest, version: number, ...ports: readonly number[]) =>
  anEvent(
    {
      type: "sallyport.policy.configured.v1",
      data: { policy: aPolicy({ vm, version, ports: ports.map((port) => ({ port, maxDuration: 3600 })) }), by },
    } as const,
    { id: anEventId(100 + version) },
  );
const port = (n: number) => [{ port: n, sources: ["203.0.113.7" as Cidr] }];

describe("an approval that arrives", () => {
  it("is taken down with its promises, and calls no cloud", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    let calls = 0;
    enforcer.trouble.beforeRead = () => void (calls += 1);
    await enforcer.first.onApproved(approvalOf(enforcer));
    expect(await enforcer.grant(aGrantId())).toMatchObject({ state: "Approved" });
    expect(enforcer.promised().map(({ name }) => name)).toEqual(expect.arrayContaining(["OpenGrant", "RevokeGrant"]));
    expect([calls, await enforcer.grants.owing(10)]).toEqual([0, []]);
  });

  it("has one effect, however often it comes", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const approval = approvalOf(enforcer);
    await enforcer.first.onApproved(approval);
    await enforcer.first.settleGrant(aGrantId());
    const before = [await enforcer.grant(aGrantId()), enforcer.promised(), await enforcer.told()];
    await enforcer.first.onApproved(approval);
    await enforcer.another().onApproved(approval);
    expect([await enforcer.grant(aGrantId()), enforcer.promised(), await enforcer.told()]).toEqual(before);
  });

  it("has one effect when two processes take it down at the same time", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const approval = approvalOf(enforcer);
    const outcomes = await Promise.allSettled(
      [enforcer.first, enforcer.another()].map((one) => one.onApproved(approval)),
    );
    const faults = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    for (const fault of faults) expect(fault).toMatchObject({ code: "backbone.stale", retryable: true });
    expect(enforcer.promised("RevokeGrant")).toHaveLength(1);
  });

  it("holds its partition until the lockdown that it was checked against is known", async () => {
    const enforcer = anEnforcer();
    const wait = { code: "backbone.stale", retryable: true };
    await expect(enforcer.first.onApproved(approvalOf(enforcer))).rejects.toMatchObject(wait);
    await enforcer.locked([22], 1);
    const newer = approvalOf(enforcer, { policyVersion: 2 });
    await expect(enforcer.first.onApproved(newer)).rejects.toMatchObject(wait);
    await enforcer.locked([22, 3389], 2);
    await enforcer.first.onApproved(newer);
    expect(await enforcer.grant(aGrantId())).toMatchObject({ state: "Approved" });
  });

  it("fails a grant that was given back before", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    await enforcer.first.onRevoked(revocationOf(enforcer));
    await enforcer.first.onRevoked(revocationOf(enforcer));
    expect(await enforcer.told()).toEqual(["lockdown.prepared", "lockdown.locked"]);
    await enforcer.first.onApproved(approvalOf(enforcer));
    await enforcer.first.onApproved(approvalOf(enforcer));
    await enforcer.first.settleGrant(aGrantId());
    expect((await enforcer.told())[0]).toBe("access.failed");
    expect(enforcer.reachable("203.0.113.7")).toBe(false);
  });

  it("ends a grant whose policy was removed at the same moment, whichever is written first", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const { grants } = enforcer.first.deps;
    // The removal is taken down as a whole between the approval's reading and its writing.
    const commit = grants.commit;
    let first = true;
    const racing = enforcer.another();
    Object.assign(grants, {
      commit: async (...args: Parameters<typeof commit>) => {
        if (first) {
          first = false;
          await racing.onRemoved(removalOf(enforcer));
        }
        return commit(...args);
      },
    });
    await enforcer.first.onApproved(approvalOf(enforcer));
    expect(await enforcer.grant(aGrantId())).toMatchObject({ state: "Closing", reason: "policy-removed" });
  });
});

describe("a policy that changes", () => {
  it("ends the grants on ports that it dropped, and no others", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked([22, 3389]);
    await enforcer.first.onApproved(approvalOf(enforcer, { grantId: aGrantId(1), ports: port(22) }));
    await enforcer.first.onApproved(approvalOf(enforcer, { grantId: aGrantId(2), ports: port(3389) }));
    await enforcer.first.onConfigured(policyOf(enforcer, 2, 3389));
    expect(await enforcer.grant(aGrantId(1))).toMatchObject({ state: "Closing", reason: "policy-removed" });
    expect(await enforcer.grant(aGrantId(2))).toMatchObject({ state: "Approved" });
  });

  it("and comes again after a crash in between still ends them", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked([22]);
    await enforcer.first.onApproved(approvalOf(enforcer));
    const dying = enforcer.another();
    Object.assign(dying.deps.grants, { find: () => new Promise(() => {}) });
    void dying.onRemoved(removalOf(enforcer));
    await enforcer.clock.pass(0);
    expect(await enforcer.lockdown()).toMatchObject({ state: "Unlocking" });
    expect(await enforcer.grant(aGrantId())).toMatchObject({ state: "Approved" });
    await enforcer.first.onRemoved(removalOf(enforcer));
    expect(await enforcer.grant(aGrantId())).toMatchObject({ state: "Closing", reason: "policy-removed" });
    expect(enforcer.promised("UnlockVm")).toHaveLength(1);
  });

  it("has no effect when a newer one is known", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked([22], 5);
    await enforcer.first.onApproved(approvalOf(enforcer));
    await enforcer.first.onConfigured(policyOf(enforcer, 4, 3389));
    await enforcer.first.onRemoved(removalOf(enforcer, 5));
    expect(await enforcer.lockdown()).toMatchObject({ state: "Locked", ports: [{ port: 22 }], policyVersion: 5 });
    expect(await enforcer.grant(aGrantId())).toMatchObject({ state: "Approved" });
  });
});

describe("a grant that is given back", () => {
  it("is closing at once, its closing promised now; the second time has no effect", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    await enforcer.first.onApproved(approvalOf(enforcer));
    await enforcer.first.settleGrant(aGrantId());
    await enforcer.first.onRevoked(revocationOf(enforcer));
    await enforcer.first.onRevoked(revocationOf(enforcer));
    expect(await enforcer.grant(aGrantId())).toMatchObject({ state: "Closing", reason: "given-back", tries: 0 });
    await enforcer.first.settleGrant(aGrantId());
    await enforcer.first.onRevoked(revocationOf(enforcer));
    expect(await enforcer.grant(aGrantId())).toMatchObject({ state: "Closed", reason: "given-back" });
  });
});
