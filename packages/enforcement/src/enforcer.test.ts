import { quietLog, quietMetrics } from "@sallyport/backbone";
import { plusSeconds } from "@sallyport/contracts";
import type { Cloud, Fact } from "@sallyport/contracts";
import {
  aBackbone,
  aGrantId,
  anAccess,
  anEvent,
  anEventId,
  aPolicy,
  aVm,
  behind,
  createToyCloud,
  toyModel,
} from "@sallyport/testkit";
import { createEnforcer, usualEnforcerSettings } from "./enforcer.ts";
import { deriveEventId, lockdownIdOf, signer } from "./enforcer-under-test.conformance.ts";

async function running(cloud: Cloud, writeMs = 0) {
  const { clock, incarnate } = aBackbone();
  const vm = aVm("azure");
  const toy = createToyCloud(clock, behind(vm, "nsg"), writeMs);
  const { ports } = incarnate();
  let tokens = 0;
  const enforcer = await createEnforcer({
    ...ports,
    cloud,
    network: toy.network,
    model: toyModel,
    signer,
    deriveEventId,
    lockdownIdOf,
    newToken: () => `t${(tokens += 1)}`,
    chance: () => 0.5,
    log: quietLog,
    metrics: quietMetrics,
    settings: usualEnforcerSettings,
  });
  let told = 0;
  const tell = async (fact: Fact) => {
    await ports.bus.publish([anEvent(fact, { id: anEventId((told += 1)) })]);
    await clock.pass(0);
  };
  const policy = aPolicy({ vm });
  return {
    clock,
    toy,
    enforcer,
    tell,
    lock: () => tell({ type: "sallyport.policy.configured.v1", data: { policy, by: anAccess().principal } }),
    approve: (n: number) => {
      const access = anAccess({ vm, grantId: aGrantId(n), duration: 300 });
      const data = { access, approvedAt: clock.now(), notAfter: plusSeconds(clock.now(), 315), extends: false };
      return tell({ type: "sallyport.access.approved.v1", data });
    },
    names: () => Object.values(toy.net().gates).flatMap((entries) => entries.map(({ name }) => name)),
  };
}

describe("an enforcer", () => {
  it("locks, opens and closes by what it hears and what is due", async () => {
    const { clock, lock, approve, names, enforcer } = await running("azure");
    await lock();
    await approve(1);
    expect(names()).toEqual(["deny", `allow-${aGrantId(1)}`]);
    await clock.pass(300_000);
    expect(names()).toEqual(["deny"]);
    await enforcer.close();
  });

  it("leaves the VMs of other clouds to others", async () => {
    const { lock, toy, enforcer } = await running("aws");
    await lock();
    expect(toy.writes()).toEqual([]);
    await enforcer.close();
  });

  it("finishes what it has begun when it is closed, and begins nothing new", async () => {
    const { clock, lock, approve, names, enforcer } = await running("azure", 5000);
    await lock();
    await clock.pass(5000);
    await approve(1);
    const closing = enforcer.close();
    let closed = false;
    void closing.then(() => {
      closed = true;
    });
    await clock.pass(4999);
    expect(closed).toBe(false);
    await clock.pass(10_000);
    await closing;
    expect(names()).toEqual(["deny", `allow-${aGrantId(1)}`]);
    await approve(2);
    await clock.pass(60_000);
    expect(names()).toEqual(["deny", `allow-${aGrantId(1)}`]);
  });
});
