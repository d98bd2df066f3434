import { refusal } from "@sallyport/contracts";
import type { Cidr } from "@sallyport/contracts";
import type { Outcome } from "@sallyport/cloud";
import type { Allow, Want, Withdraw } from "@sallyport/domain";
import { aGrantId, anAccess, aVm, gate } from "@sallyport/testkit";
import { anEnforcer, lockdownIdOf, throttled } from "./enforcer-under-test.conformance.ts";
import type { EnforcerUnderTest } from "./enforcer-under-test.conformance.ts";
import { createTurns } from "./turn.ts";

const vm = aVm("azure");
const nsg = gate("nsg");
const source = (n: number) => `203.0.113.${n}`;
const allow = (n: number, end = "2026-01-31T10:00:00.000Z"): Allow => ({
  kind: "allow",
  vm,
  grantId: aGrantId(n),
  ports: anAccess({ ports: [{ port: 22, sources: [source(n) as Cidr] }] }).ports,
  end: end as Allow["end"],
});
const withdraw = (n: number): Withdraw => ({ kind: "withdraw", vm, grantId: aGrantId(n), objects: [nsg] });

const namesOf = (enforcer: EnforcerUnderTest) => enforcer.cloud.net().gates[nsg]?.map(({ name }) => name);
const takeAll = (enforcer: EnforcerUnderTest, wants: readonly Want[]) =>
  Promise.all(wants.map((want) => enforcer.first.deps.turns.take(nsg, want)));

/** A port that answers as the test says, where the test wants it to. */
function scripted(enforcer: EnforcerUnderTest, answer: (names: readonly string[]) => Outcome["kind"] | undefined) {
  const { deps } = enforcer.first;
  const written: (readonly string[])[] = [];
  const turns = createTurns({
    ...deps,
    network: {
      ...deps.network,
      write: async (object, changes, before) => {
        const names = changes.map(({ rule }) => (rule.kind === "entry" ? rule.name : rule.kind));
        written.push(names);
        const kind = answer(names);
        if (kind === undefined) return deps.network.write(object, changes, before);
        if (kind === "refused") return changes.map(() => ({ kind, refusal: refusal("network.quota", "full") }));
        return changes.map(() => ({ kind }));
      },
    },
  });
  return { turns, written };
}

describe("the turn of a firewall object", () => {
  it("goes to one at a time; who comes meanwhile waits, and all who wait share the next write", async () => {
    const enforcer = anEnforcer({ writeMs: 10_000 });
    const locking = enforcer.locked();
    await enforcer.clock.pass(10_000);
    await locking;
    const first = enforcer.first.deps.turns.take(nsg, allow(1));
    await enforcer.clock.pass(100);
    const others = takeAll(enforcer, [allow(2), allow(3), allow(4)]);
    await enforcer.clock.pass(20_000);
    expect([await first, ...(await others)]).toEqual(Array.from({ length: 4 }, () => ({ kind: "written" })));
    expect(enforcer.cloud.writes().map(({ changes }) => changes.length)).toEqual([1, 1, 3]);
    expect([1, 2, 3, 4, 5].map((n) => enforcer.reachable(source(n)))).toEqual([true, true, true, true, false]);
  });

  it("plans closings first", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const { turns, written } = scripted(enforcer, () => undefined);
    await turns.take(nsg, allow(1));
    await Promise.all([allow(2), withdraw(1), allow(3)].map((want) => turns.take(nsg, want)));
    expect(written[1]).toEqual([`allow-${aGrantId(1)}`, `allow-${aGrantId(2)}`, `allow-${aGrantId(3)}`]);
    expect(namesOf(enforcer)).not.toContain(`allow-${aGrantId(1)}`);
  });

  it("plans each want on what the ones before it will leave: two must not take the same place", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const { deps } = enforcer.first;
    const seen: (readonly [string, readonly string[]])[] = [];
    const turns = createTurns({
      ...deps,
      model: {
        ...deps.model,
        plan: (net, want, seal) => {
          if (want.kind === "allow") seen.push([want.grantId, (net.gates[nsg] ?? []).map(({ name }) => name)]);
          return deps.model.plan(net, want, seal);
        },
      },
    });
    await turns.take(nsg, allow(1));
    await Promise.all([allow(2), allow(3)].map((want) => turns.take(nsg, want)));
    const names = [1, 2].map((n) => `allow-${aGrantId(n)}`);
    expect(seen.at(-1)).toEqual([aGrantId(3), ["deny", ...names]]);
  });

  it("refuses together, then asks each alone, so that nobody is refused for another's fault; closings are asked first", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const bad = `allow-${aGrantId(3)}`;
    const { turns, written } = scripted(enforcer, (names) => (names.includes(bad) ? "refused" : undefined));
    await turns.take(nsg, allow(1));
    const wants = [allow(2), allow(3), withdraw(1)].map((want) => turns.take(nsg, want));
    expect(await Promise.all(wants)).toEqual([
      { kind: "written" },
      { kind: "refused", refusals: [refusal("network.quota", "full")] },
      { kind: "written" },
    ]);
    expect(written.slice(1).map((names) => names.length)).toEqual([3, 1, 1, 1]);
    expect(written[2]).toEqual([`allow-${aGrantId(1)}`]);
  });

  it("lets one who must go alone go, however many others keep coming", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    let n = 20;
    const more: Promise<unknown>[] = [];
    const { turns, written } = scripted(enforcer, (names) => {
      // Whenever something is written, somebody new has come.
      if (n < 40) more.push(turns.take(nsg, allow((n += 1))));
      return names.length > 1 && names.includes(`allow-${aGrantId(3)}`) ? "refused" : undefined;
    });
    const held = turns.take(nsg, allow(1));
    await Promise.all([held, turns.take(nsg, allow(2)), turns.take(nsg, allow(3))]);
    const aloneAt = written.findIndex((names) => names.length === 1 && names[0] === `allow-${aGrantId(3)}`);
    expect(aloneAt).toBeLessThan(8);
    for (const one of more) await one;
  });

  it("is too late for a want whose end has passed while it waited; others are written", async () => {
    const enforcer = anEnforcer({ writeMs: 10_000 });
    const locking = enforcer.locked();
    await enforcer.clock.pass(10_000);
    await locking;
    const first = enforcer.first.deps.turns.take(nsg, allow(1));
    await enforcer.clock.pass(100);
    const others = takeAll(enforcer, [allow(2, "2026-01-31T08:00:15.000Z"), allow(3)]);
    await enforcer.clock.pass(60_000);
    await first;
    expect(await others).toEqual([{ kind: "too-late" }, { kind: "written" }]);
    expect([2, 3].map((n) => enforcer.reachable(source(n)))).toEqual([false, true]);
  });

  it("fails all who shared a read that failed, and is free for the next", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    enforcer.trouble.beforeRead = () => {
      throw throttled();
    };
    await expect(enforcer.first.deps.turns.take(nsg, allow(1))).rejects.toMatchObject({ code: "azure.throttled" });
    delete enforcer.trouble.beforeRead;
    expect(await enforcer.first.deps.turns.take(nsg, allow(1))).toEqual({ kind: "written" });
  });

  it("writes for everybody else when a defect is met by one", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const { deps } = enforcer.first;
    const turns = createTurns({
      ...deps,
      model: {
        ...deps.model,
        plan: (net, want, seal) => {
          if (want.kind === "allow" && want.grantId === aGrantId(2)) throw new TypeError("x is undefined");
          return deps.model.plan(net, want, seal);
        },
      },
    });
    const held = turns.take(nsg, allow(1));
    const [poisoned, fine] = [turns.take(nsg, allow(2)), turns.take(nsg, allow(3))];
    await held;
    await expect(poisoned).rejects.toThrow("x is undefined");
    expect(await fine).toEqual({ kind: "written" });
  });

  it("writes as planned what stands alone, where nobody else waits; together they are planned afresh, on one look", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const { deps } = enforcer.first;
    let reads = 0;
    enforcer.trouble.beforeRead = () => void (reads += 1);
    const planned = (want: Allow) => {
      const plan = deps.model.plan(enforcer.cloud.net(), want, deps.seal);
      if (!plan.ok) throw new Error(plan.refusals[0].detail);
      return { objects: [], changes: plan.changes };
    };
    const wants = [1, 2, 3].map((n) => allow(n));
    const all = wants.map((want) => deps.turns.take(nsg, want, planned(want)));
    expect(await Promise.all(all)).toEqual(wants.map(() => ({ kind: "written" })));
    // The first found nobody; the other two, planned on the same picture as it was, would have taken its place.
    expect(reads).toBe(1);
    expect(new Set(namesOf(enforcer)).size).toBe(4);
  });

  it("plans afresh what the cloud refused as it was planned, for what is there now has the better reason", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const { deps } = enforcer.first;
    const plan = deps.model.plan(enforcer.cloud.net(), allow(1), deps.seal);
    if (!plan.ok) throw new Error(plan.refusals[0].detail);
    let reads = 0;
    enforcer.trouble.beforeRead = () => void (reads += 1);
    const { turns, written } = scripted(enforcer, () => (reads === 0 ? "refused" : undefined));
    expect(await turns.take(nsg, allow(1), { objects: [], changes: plan.changes })).toEqual({ kind: "written" });
    expect([written.length, reads]).toEqual([2, 1]);
  });

  it("refuses a plan that would do more than was asked, loudly, and writes nothing of it", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const { deps } = enforcer.first;
    const everybody = ["0.0.0.0/0" as Cidr];
    const turns = createTurns({
      ...deps,
      model: {
        ...deps.model,
        plan: (net, want, seal) =>
          deps.model.plan(
            net,
            want.kind === "allow"
              ? { ...want, ports: want.ports.map((one) => ({ ...one, sources: everybody })) }
              : want,
            seal,
          ),
      },
    });
    const writes = enforcer.cloud.writes().length;
    expect(await turns.take(nsg, allow(1))).toMatchObject({
      kind: "refused",
      refusals: [{ code: "network.plan-unsafe" }],
    });
    expect([enforcer.cloud.writes().length, enforcer.said.map(({ level }) => level)]).toEqual([writes, ["error"]]);
  });

  it("lets wants for an object that is slow to write gather, and no closing wait for them (P38)", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const { deps } = enforcer.first;
    const turns = createTurns({ ...deps, model: { ...deps.model, gatherMs: () => 12_000 } });
    const writes = () => enforcer.cloud.writes().length;
    await turns.take(nsg, allow(1));
    const before = writes();
    const many = [2, 3, 4, 5].map(async (n) => turns.take(nsg, allow(n)));
    await enforcer.clock.pass(10_000);
    expect(writes()).toBe(before);
    await enforcer.clock.pass(2000);
    await Promise.all(many);
    expect(writes()).toBe(before + 1);
    const late = turns.take(nsg, allow(6));
    const closing = turns.take(nsg, withdraw(1));
    await enforcer.clock.pass(250);
    expect(await closing).toEqual({ kind: "written" });
    expect(await late).toEqual({ kind: "written" });
    expect(enforcer.reachable(source(1))).toBe(false);
  });

  it("is never had by two processes at once, however long the write takes", async () => {
    const enforcer = anEnforcer({ writeMs: 60_000 });
    const locking = enforcer.locked();
    await enforcer.clock.pass(60_000);
    await locking;
    const second = enforcer.another();
    const mine = enforcer.first.deps.turns.take(nsg, allow(1));
    await enforcer.clock.pass(30_000);
    const theirs = second.deps.turns.take(nsg, allow(2)).catch((fault: unknown) => fault);
    await enforcer.clock.pass(10_000);
    // The toy cloud throws when two write one object at once; patience ends before the slow write does.
    expect(await theirs).toMatchObject({ code: "backbone.lease-held", retryable: true });
    await enforcer.clock.pass(20_000);
    expect(await mine).toEqual({ kind: "written" });
    const again = second.deps.turns.take(nsg, allow(2));
    await enforcer.clock.pass(60_000);
    expect(await again).toEqual({ kind: "written" });
  });

  it("writes nothing of a lockdown whose network has changed, so that it would take away what its row does not know", async () => {
    const enforcer = anEnforcer();
    const { deps } = enforcer.first;
    const inverse = [{ object: nsg, verb: "put" as const, rule: { kind: "gate", entries: [] } }];
    const turns = createTurns({
      ...deps,
      model: {
        ...deps.model,
        plan: (net, want, seal) => {
          const plan = deps.model.plan(net, want, seal);
          return plan.ok ? { ...plan, inverse } : plan;
        },
      },
    });
    const want: Want = {
      kind: "lock-down",
      vm,
      id: lockdownIdOf(),
      ports: [{ port: 22 as never, protocol: "tcp" }],
      options: { precedence: "seed", sharedGroups: "refuse" },
      inverse: [],
    };
    expect(await turns.take(nsg, want)).toEqual({ kind: "outdated" });
    expect(enforcer.cloud.writes()).toEqual([]);
    expect(await turns.take(nsg, { ...want, inverse })).toEqual({ kind: "written" });
  });
});
