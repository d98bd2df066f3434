import type { Cidr } from "@sallyport/contracts";
import type { Allow, Want } from "@sallyport/domain";
import { aGrantId, anAccess, aVm, gate } from "@sallyport/testkit";
import { agree } from "./agree.ts";
import { anEnforcer } from "./enforcer-under-test.conformance.ts";
import { createTurns } from "./turn.ts";

const vm = aVm("azure");
const allow: Allow = {
  kind: "allow",
  vm,
  grantId: aGrantId(1),
  ports: anAccess().ports,
  end: "2026-01-31T10:00:00.000Z" as Allow["end"],
};
const goOn = (want: Want) => () => Promise.resolve(want);

describe("making the network agree", () => {
  it("says so only after reading back that nothing is left to write", async () => {
    const enforcer = anEnforcer({ gates: ["nsg-subnet", "nsg-nic"] });
    await enforcer.locked();
    let reads = 0;
    enforcer.trouble.beforeRead = () => void (reads += 1);
    const result = await agree(enforcer.first.deps, allow, [], goOn(allow));
    expect(result).toMatchObject({ kind: "agreed", net: enforcer.cloud.net() });
    // One to plan, one in each object's turn, one to read back.
    expect(reads).toBe(4);
  });

  it("asks to read back every object that it was told to look at, also where there was nothing to write", async () => {
    const enforcer = anEnforcer({ gates: ["nsg-subnet", "nsg-nic"] });
    await enforcer.locked();
    const { deps } = enforcer.first;
    const asked: unknown[] = [];
    const network: typeof deps.network = {
      ...deps.network,
      read: async (of) => {
        asked.push(of.objects);
        return deps.network.read(of);
      },
    };
    const elsewhere = gate("nsg-elsewhere");
    await agree({ ...deps, network }, allow, [elsewhere], goOn(allow));
    expect(asked).toEqual([[elsewhere], [elsewhere, gate("nsg-subnet"), gate("nsg-nic")]]);
  });

  it("looks only to plan and to read back where all that is written stands alone, in a turn or without one", async () => {
    const enforcer = anEnforcer({ gates: ["nsg-subnet", "nsg-nic"] });
    await enforcer.locked();
    const { deps } = enforcer.first;
    const model = (needsTurn: boolean) => ({ ...deps.model, standsAlone: () => true, needsTurn: () => needsTurn });
    const needs: unknown[] = [];
    const network: typeof deps.network = {
      ...deps.network,
      read: async (of) => {
        needs.push(of.onlyFor);
        return deps.network.read(of);
      },
    };
    const lease = await deps.leases.acquire(`turn:${gate("nsg-nic")}`, 600_000);
    const opening = await agree({ ...deps, network, model: model(false) }, allow, [], goOn(allow));
    expect(opening).toMatchObject({ kind: "agreed", net: enforcer.cloud.net() });
    expect(needs.splice(0)).toEqual(["opening", "opening"]);
    await lease?.release();

    const withdraw: Want = { kind: "withdraw", vm, grantId: allow.grantId, objects: [] };
    const inTurn = { ...deps, network, model: model(true) };
    const closing = await agree({ ...inTurn, turns: createTurns(inTurn) }, withdraw, [], goOn(withdraw));
    expect(closing).toMatchObject({ kind: "agreed", net: enforcer.cloud.net() });
    expect(needs).toEqual(["closing", "closing"]);
    expect(enforcer.reachable("203.0.113.7")).toBe(false);
  });

  it("writes nothing that stands alone once the want's end has passed", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const { deps } = enforcer.first;
    const late = { ...allow, end: enforcer.clock.now() };
    const model = { ...deps.model, standsAlone: () => true, needsTurn: () => false };
    expect(await agree({ ...deps, model }, late, [], goOn(late))).toEqual({ kind: "too-late" });
    expect(enforcer.reachable("203.0.113.7")).toBe(false);
  });

  it("asks before each round of writes whether the row knows the objects, and stops when the row has moved", async () => {
    const enforcer = anEnforcer({ gates: ["nsg-subnet", "nsg-nic"] });
    await enforcer.locked();
    const writes = enforcer.cloud.writes().length;
    const asked: unknown[] = [];
    const result = await agree(enforcer.first.deps, allow, [], (objects) => {
      asked.push([objects, enforcer.cloud.writes().length]);
      return Promise.resolve("moved");
    });
    expect(result).toEqual({ kind: "moved" });
    expect(asked).toEqual([[[gate("nsg-subnet"), gate("nsg-nic")], writes]]);
    expect(enforcer.cloud.writes()).toHaveLength(writes);
  });

  it("gives up for now when a neighbour undoes everything at once, with a fault that passes", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const closed = enforcer.cloud.net();
    let reads = 0;
    enforcer.trouble.beforeRead = () => {
      reads += 1;
      enforcer.cloud.change(() => closed);
    };
    await expect(agree(enforcer.first.deps, allow, [], goOn(allow))).rejects.toMatchObject({
      code: "backbone.stale",
      retryable: true,
    });
    expect(reads).toBeLessThan(20);
  });

  it("refuses what the network does not allow, and what would do more than was asked, and writes nothing", async () => {
    const enforcer = anEnforcer();
    await enforcer.locked();
    const { deps } = enforcer.first;
    const writes = enforcer.cloud.writes().length;
    const gone = { ...allow, vm: aVm("azure", 4) };
    expect(await agree(deps, gone, [], goOn(gone))).toMatchObject({ kind: "refused", refusals: [{ code: "vm.gone" }] });
    const wide: typeof deps.model = {
      ...deps.model,
      plan: (net, _want, seal) =>
        deps.model.plan(
          net,
          { ...allow, ports: allow.ports.map((one) => ({ ...one, sources: ["0.0.0.0/0" as Cidr] })) },
          seal,
        ),
    };
    expect(await agree({ ...deps, model: wide }, allow, [], goOn(allow))).toMatchObject({
      kind: "refused",
      refusals: [{ code: "network.plan-unsafe" }],
    });
    expect(enforcer.cloud.writes()).toHaveLength(writes);
    expect(enforcer.said.map(({ level }) => level)).toEqual(["error"]);
  });

  it("waits for a slow object beside the fast ones, and for all of them whatever comes of one", async () => {
    const [slow, fast] = [gate("firewall"), gate("nsg")];
    const enforcer = anEnforcer({ gates: ["firewall", "nsg"], writeMs: 10_000 });
    const locking = enforcer.locked();
    await enforcer.clock.pass(20_000);
    await locking;
    const { deps } = enforcer.first;
    const model: typeof deps.model = { ...deps.model, gatherMs: (object) => (object === slow ? 1 : 0) };
    const started: unknown[] = [];
    const result = agree(
      {
        ...deps,
        model,
        turns: {
          take: async (object, want) => {
            started.push([object, enforcer.clock.elapsed()]);
            return object === fast ? { kind: "too-late" } : deps.turns.take(object, want);
          },
        },
      },
      allow,
      [],
      goOn(allow),
    );
    await enforcer.clock.pass(10_000);
    expect(await result).toEqual({ kind: "too-late" });
    expect(new Set(started.map((one) => JSON.stringify(one)))).toEqual(
      new Set([slow, fast].map((object) => JSON.stringify([object, 20_000]))),
    );
    expect(enforcer.cloud.net().gates[slow]?.map(({ name }) => name)).toContain(`allow-${allow.grantId}`);
  });

  it("waits for nobody when it only takes away rules by their own names", async () => {
    const enforcer = anEnforcer({ writeMs: 10_000 });
    const locking = enforcer.locked();
    await enforcer.clock.pass(10_000);
    await locking;
    const opening = agree(enforcer.first.deps, allow, [], goOn(allow));
    await enforcer.clock.pass(10_000);
    await opening;
    const lease = await enforcer.first.deps.leases.acquire(`turn:${gate("nsg")}`, 600_000);
    const withdraw: Want = { kind: "withdraw", vm, grantId: allow.grantId, objects: [] };
    const closing = agree(enforcer.first.deps, withdraw, [], goOn(withdraw));
    await enforcer.clock.pass(10_000);
    expect(await closing).toMatchObject({ kind: "agreed" });
    expect(lease?.isHeld()).toBe(true);
    expect(enforcer.reachable("203.0.113.7")).toBe(false);
  });
});
