import { msOf, plusMs, SallyportError } from "@sallyport/contracts";
import type { Cidr } from "@sallyport/contracts";
import { anAccess, anEvent, anEventId, gate } from "@sallyport/testkit";
import { anEnforcer, throttled } from "./enforcer-under-test.conformance.ts";
import type { EnforcerUnderTest } from "./enforcer-under-test.conformance.ts";

const HOME = "203.0.113.7";

const remove = (enforcer: EnforcerUnderTest) =>
  enforcer.first.onRemoved(
    anEvent(
      {
        type: "sallyport.policy.removed.v1",
        data: { vm: enforcer.vm, by: anAccess().principal, version: 9, at: enforcer.clock.now() },
      },
      { id: anEventId(200) },
    ),
  );

describe("settling a lockdown", () => {
  it("stores and publishes what it is about to do before the first write, and tells when it was read back", async () => {
    const enforcer = anEnforcer({ gates: ["nsg-subnet", "nsg-nic"] });
    const seen: unknown[] = [];
    enforcer.trouble.beforeWrite = async () => {
      seen.push([(await enforcer.lockdown())?.objects, await enforcer.told()]);
    };
    await enforcer.locked();
    expect(seen).toEqual([1, 2].map(() => [[gate("nsg-subnet"), gate("nsg-nic")], ["lockdown.prepared"]]));
    expect(await enforcer.told()).toEqual(["lockdown.prepared", "lockdown.locked"]);
    expect([22, 80].map((port) => enforcer.reachable(HOME, port))).toEqual([false, true]);
  });

  it("is quiet when it is looked at again and all is as it was", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    await enforcer.clock.pass(300_000);
    await enforcer.first.settleLockdown(enforcer.vm);
    expect(await enforcer.told()).toEqual(["lockdown.prepared", "lockdown.locked"]);
    expect(await enforcer.lockdown()).toMatchObject({
      state: "Locked",
      nextTry: plusMs(enforcer.clock.now(), 300_000),
    });
  });

  it("puts back what somebody deleted, and tells of the drift at that object", async () => {
    const enforcer = anEnforcer({ gates: ["nsg-subnet", "nsg-nic"] });
    await enforcer.locked();
    enforcer.cloud.change((net) => ({ ...net, gates: { ...net.gates, [gate("nsg-nic")]: [] } }));
    await enforcer.clock.pass(300_000);
    await enforcer.first.settleLockdown(enforcer.vm);
    expect(enforcer.cloud.net().gates[gate("nsg-nic")]).toHaveLength(1);
    const drift = (await enforcer.facts()).filter(({ type }) => type === "sallyport.access.drift-detected.v1");
    expect(drift).toMatchObject([{ data: { vm: enforcer.vm, object: "nsg-nic", kind: "missing" } }]);
  });

  it("is not effective where a foreign rule lets traffic through, and names it; a grant of ours is no such rule", async () => {
    const enforcer = anEnforcer();
    const foreign = {
      name: "ssh-for-all",
      access: "allow" as const,
      ports: [22],
      sources: ["198.51.100.0/24" as Cidr],
    };
    enforcer.cloud.change((net) => ({ ...net, gates: { [gate("nsg")]: [foreign] } }));
    await enforcer.locked();
    expect(await enforcer.lockdown()).toMatchObject({
      state: "NotEffective",
      shadows: [{ port: 22, sources: "198.51.100.0/24", by: expect.stringContaining("ssh-for-all") as string }],
    });
    const locked = (await enforcer.facts()).find(({ type }) => type === "sallyport.lockdown.locked.v1");
    expect(locked).toMatchObject({ data: { effective: false } });

    await enforcer.first.settleGrant(await enforcer.approved());
    enforcer.cloud.change((net) => ({
      ...net,
      gates: { [gate("nsg")]: (net.gates[gate("nsg")] ?? []).filter(({ name }) => name !== "ssh-for-all") },
    }));
    await enforcer.first.settleLockdown(enforcer.vm);
    expect(enforcer.reachable(HOME)).toBe(true);
    expect(await enforcer.lockdown()).toMatchObject({ state: "Locked" });
  });

  it("that is refused is told once, and looked at again from time to time", async () => {
    const enforcer = anEnforcer();
    enforcer.trouble.beforeWrite = () => {
      throw new SallyportError({ code: "azure.refused", detail: "a lock of the tenant" });
    };
    await enforcer.locked();
    await enforcer.first.settleLockdown(enforcer.vm);
    expect(await enforcer.lockdown()).toMatchObject({ state: "Refused", reasons: [{ code: "azure.refused" }] });
    expect(await enforcer.told()).toEqual(["lockdown.prepared", "lockdown.failed"]);
    delete enforcer.trouble.beforeWrite;
    await enforcer.first.settleLockdown(enforcer.vm);
    expect(await enforcer.lockdown()).toMatchObject({ state: "Locked" });
  });

  it("that fails for the moment is tried again when its row says so", async () => {
    const enforcer = anEnforcer();
    let calls = 0;
    enforcer.trouble.beforeWrite = () => {
      calls += 1;
      throw throttled(20_000);
    };
    await enforcer.locked();
    const next = plusMs(enforcer.clock.now(), 20_000);
    expect(await enforcer.lockdown()).toMatchObject({ state: "Locking", tries: 1, nextTry: next });
    expect(enforcer.promised("LockVm").map(({ due }) => due)).toContain(msOf(next));
    expect(calls).toBe(1);
  });

  it("gives everything back, whatever is thrown on the way, for as long as it takes", async () => {
    const enforcer = anEnforcer();
    const before = enforcer.cloud.net();
    await enforcer.locked();
    await remove(enforcer);
    for (const fault of [
      throttled(),
      new SallyportError({ code: "azure.refused", detail: "no" }),
      new TypeError("x"),
    ]) {
      enforcer.trouble.beforeWrite = () => {
        throw fault;
      };
      await enforcer.first.settleLockdown(enforcer.vm);
      expect(await enforcer.lockdown()).toMatchObject({ state: "Unlocking" });
    }
    delete enforcer.trouble.beforeWrite;
    await enforcer.first.settleLockdown(enforcer.vm);
    expect(enforcer.cloud.net()).toEqual(before);
    expect(await enforcer.told()).toEqual(["lockdown.prepared", "lockdown.locked", "lockdown.unlocked"]);
    await enforcer.first.settleLockdown(enforcer.vm);
    expect(await enforcer.lockdown()).toMatchObject({ state: "Unlocked" });
  });

  it("follows a policy that came while it was written", async () => {
    const enforcer = anEnforcer({ gates: ["nsg-subnet", "nsg-nic"] });
    enforcer.trouble.beforeWrite = async () => {
      delete enforcer.trouble.beforeWrite;
      await remove(enforcer);
    };
    const before = enforcer.cloud.net();
    await enforcer.locked();
    await enforcer.first.settleLockdown(enforcer.vm);
    expect(await enforcer.lockdown()).toMatchObject({ state: "Unlocked", policyVersion: 9 });
    expect(enforcer.cloud.net()).toEqual(before);
  });
});
