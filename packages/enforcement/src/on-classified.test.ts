import type { Address } from "@sallyport/contracts";
import { aGrantId, anEvent, anEventId, aProfile } from "@sallyport/testkit";
import { anEnforcer } from "./enforcer-under-test.conformance.ts";
import type { EnforcerUnderTest } from "./enforcer-under-test.conformance.ts";

const finding = { status: "Healthy", reasonCode: "JIT_ENABLED", reason: "", evidence: [], warnings: [] } as const;
const seenAt = ({ vm }: EnforcerUnderTest, ...privateAddresses: readonly string[]) => {
  const profile = aProfile({ vm, privateAddresses: [...privateAddresses] });
  const data = { vm, profile, finding: { ...finding, evidence: [], warnings: [] } };
  return anEvent({ type: "sallyport.posture.classified.v1", data } as const, { id: anEventId(300) });
};
const move = (enforcer: EnforcerUnderTest, address: string) =>
  enforcer.cloud.change((net) => ({
    ...net,
    vms: Object.fromEntries(
      Object.entries(net.vms).map(([vm, one]) => [vm, { ...one, address: address as Address }] as const),
    ),
  }));
const dueNow = (enforcer: EnforcerUnderTest) =>
  enforcer
    .promised()
    .filter(({ due }) => due <= Date.parse(enforcer.clock.now()) + 30_000)
    .map(({ name }) => name)
    .toSorted();

/** A locked VM with an open door, a minute ago; whatever was promised until then is done. */
async function standing() {
  const enforcer = anEnforcer();
  await enforcer.locked();
  const id = await enforcer.approved();
  await enforcer.first.settleGrant(id);
  await enforcer.clock.pass(60_000);
  return enforcer;
}

describe("a survey that has seen a VM under lockdown", () => {
  it("elsewhere than before has its lockdown and its open doors looked at at once, not at the next recheck (P8)", async () => {
    const enforcer = await standing();
    await enforcer.first.onClassified(seenAt(enforcer, "10.0.0.4"));
    await enforcer.clock.pass(60_000);
    const before = dueNow(enforcer).length;
    move(enforcer, "10.0.0.9");
    await enforcer.first.onClassified(seenAt(enforcer, "10.0.0.9"));
    expect(dueNow(enforcer).length - before).toBe(2);
    expect(dueNow(enforcer)).toEqual(expect.arrayContaining(["LockVm", "OpenGrant"]));
    await enforcer.first.settleLockdown(enforcer.vm);
    await enforcer.first.settleGrant(aGrantId());
    expect([enforcer.reachable("203.0.113.7"), enforcer.reachable("198.51.100.1")]).toEqual([true, false]);
  });

  it("where it was, or again by redelivery, asks for nothing; nor does one of a VM that nothing is known of", async () => {
    const enforcer = await standing();
    await enforcer.first.onClassified(seenAt(enforcer, "10.0.0.4"));
    const before = [enforcer.promised(), await enforcer.lockdown()];
    await enforcer.first.onClassified(seenAt(enforcer, "10.0.0.4"));
    await enforcer.another().onClassified(seenAt(enforcer, "10.0.0.4"));
    expect([enforcer.promised(), await enforcer.lockdown()]).toEqual(before);
    const fresh = anEnforcer();
    await fresh.first.onClassified(seenAt(fresh, "10.0.0.4"));
    expect([fresh.promised(), await fresh.lockdown()]).toEqual([[], undefined]);
  });

  it("forgets nothing of its place when it is locked anew", async () => {
    const enforcer = await standing();
    await enforcer.first.onClassified(seenAt(enforcer, "10.0.0.4"));
    await enforcer.locked([22], 2);
    const before = enforcer.promised();
    await enforcer.first.onClassified(seenAt(enforcer, "10.0.0.4"));
    expect(enforcer.promised()).toEqual(before);
  });
});
