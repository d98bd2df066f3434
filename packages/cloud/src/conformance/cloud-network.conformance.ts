import { instantOf, isRetryable, SallyportError, scopeOf, seconds } from "@sallyport/contracts";
import type { Cidr, GrantId, LockdownId, ObjectId, StoredChange } from "@sallyport/contracts";
import { exposureOf } from "@sallyport/domain";
import type { Allow, LockDown, Unlock, Withdraw } from "@sallyport/domain";
import { bring, changesFor, writeAll } from "./bring.ts";
import type { CloudUnderTest } from "./cloud-under-test.ts";

const GRANT = "conf0rmance1" as GrantId;
const LOCKDOWN = "conf0rmance0" as LockdownId;
const END = instantOf(Date.UTC(2027, 0, 31, 10));

/** What every CloudNetwork guarantees, asked of its world and not of its model. `create` gives a fresh world each time. */
export function describeCloudNetwork<Net, Rule>(
  adapter: string,
  create: () => Promise<CloudUnderTest<Net, Rule>>,
): void {
  const lockDown = ({ vm, port }: CloudUnderTest<Net, Rule>): LockDown => ({
    kind: "lock-down",
    vm,
    id: LOCKDOWN,
    ports: [{ port, protocol: "tcp" }],
    options: { precedence: "seed", sharedGroups: "refuse" },
    inverse: [],
  });
  const allow = ({ vm, port, guest }: CloudUnderTest<Net, Rule>): Allow => ({
    kind: "allow",
    vm,
    grantId: GRANT,
    ports: [{ port, protocol: "tcp", sources: [`${guest}/${guest.includes(":") ? 128 : 32}` as Cidr] }],
    end: END,
  });
  const withdraw = ({ vm }: CloudUnderTest<Net, Rule>, objects: readonly ObjectId[]): Withdraw => ({
    kind: "withdraw",
    vm,
    grantId: GRANT,
    objects,
  });
  const unlock = ({ vm }: CloudUnderTest<Net, Rule>, inverse: readonly StoredChange[]): Unlock => ({
    kind: "unlock",
    vm,
    id: LOCKDOWN,
    inverse,
    objects: [],
  });

  /** Who gets in to the port, and that the other port is none of it. */
  async function whoGetsIn(cloud: CloudUnderTest<Net, Rule>): Promise<readonly string[]> {
    const { world, vm, port, otherPort, insider } = cloud;
    expect(await world.reachable(vm, otherPort, insider)).toBe(true);
    const names = ["insider", "guest", "stranger"] as const;
    const reached = await Promise.all(names.map((name) => world.reachable(vm, port, cloud[name])));
    return names.filter((_, i) => reached[i]);
  }

  /** Locks the VM; what that took away is kept, as enforcement keeps it. */
  async function locked(cloud: CloudUnderTest<Net, Rule>): Promise<readonly StoredChange[]> {
    const planned = cloud.model.plan(
      await cloud.during(cloud.network.read({ vms: [cloud.vm], objects: [] })),
      lockDown(cloud),
      cloud.seal,
    );
    const inverse = planned.ok ? (planned.inverse ?? []) : [];
    await bring(cloud, lockDown(cloud));
    return inverse;
  }

  describe(`${adapter}, as a CloudNetwork`, () => {
    it("opens for whom it is asked, closes again, and leaves the network as it was", async () => {
      const cloud = await create();
      const before = await cloud.world.foreign();
      expect(await whoGetsIn(cloud)).toEqual(["insider"]);

      const inverse = await locked(cloud);
      const lockedDown = await cloud.world.foreign();
      expect(await whoGetsIn(cloud)).toEqual([]);

      const { objects } = await bring(cloud, allow(cloud));
      expect(await whoGetsIn(cloud)).toEqual(["guest"]);
      expect(await cloud.world.foreign()).toEqual(lockedDown);

      await bring(cloud, withdraw(cloud, objects));
      expect(await whoGetsIn(cloud)).toEqual([]);
      expect(await cloud.world.foreign()).toEqual(lockedDown);

      await bring(cloud, unlock(cloud, inverse));
      expect(await whoGetsIn(cloud)).toEqual(["insider"]);
      expect(await cloud.world.foreign()).toEqual(before);
    });

    it("does nothing where nothing is to be done, and says so of what was done already", async () => {
      const cloud = await create();
      await locked(cloud);
      const { changes } = await changesFor(cloud, allow(cloud));
      expect((await writeAll(cloud, changes)).map(({ kind }) => kind)).not.toContain("refused");
      expect((await changesFor(cloud, allow(cloud))).changes).toEqual([]);
      const again = await writeAll(cloud, changes);
      expect(again.every(({ kind }) => kind === "done" || kind === "already")).toBe(true);
      expect((await changesFor(cloud, allow(cloud))).changes).toEqual([]);
      expect(await whoGetsIn(cloud)).toEqual(["guest"]);

      const closing = (await changesFor(cloud, withdraw(cloud, []))).changes;
      await writeAll(cloud, closing);
      const twice = await writeAll(cloud, closing);
      expect(twice.every(({ kind }) => kind === "already" || kind === "done")).toBe(true);
      expect(await whoGetsIn(cloud)).toEqual([]);
    });

    it("is not fooled by a lost answer: what was applied counts as done, and nothing is there twice", async () => {
      const cloud = await create();
      const inverse = await locked(cloud);
      const lockedDown = await cloud.world.foreign();
      for (const want of [allow(cloud), withdraw(cloud, [])]) {
        const { changes } = await changesFor(cloud, want);
        for (const object of new Set(changes.map((change) => change.object))) {
          cloud.world.loseNextReply();
          const outcomes = await writeAll(
            cloud,
            changes.filter((change) => change.object === object),
          );
          expect(outcomes.every(({ kind }) => kind === "done" || kind === "already")).toBe(true);
        }
        expect((await changesFor(cloud, want)).changes).toEqual([]);
        expect(await whoGetsIn(cloud)).toEqual(want.kind === "allow" ? ["guest"] : []);
      }
      expect(await cloud.world.foreign()).toEqual(lockedDown);
      await bring(cloud, unlock(cloud, inverse));
      expect(await whoGetsIn(cloud)).toEqual(["insider"]);
    });

    it("throws what may pass as retryable, having changed nothing, and succeeds when it is asked again", async () => {
      const cloud = await create();
      await locked(cloud);
      const { changes } = await changesFor(cloud, allow(cloud));
      cloud.world.throttleNextWrite();
      const failure: unknown = await writeAll(cloud, changes).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(SallyportError);
      expect(isRetryable(failure)).toBe(true);
      await bring(cloud, allow(cloud));
      expect(await whoGetsIn(cloud)).toEqual(["guest"]);
    });

    it("leaves alone what a neighbour wrote meanwhile", async () => {
      const cloud = await create();
      const inverse = await locked(cloud);
      const { objects } = await bring(cloud, allow(cloud));
      await cloud.world.neighbourWrites();
      const withNeighbour = await cloud.world.foreign();
      await bring(cloud, withdraw(cloud, objects));
      expect(await cloud.world.foreign()).toEqual(withNeighbour);
      await bring(cloud, unlock(cloud, inverse));
      expect(await whoGetsIn(cloud)).toEqual(["insider"]);
    });

    it("writes nothing once the time has passed", async () => {
      const cloud = await create();
      await locked(cloud);
      const { changes } = await changesFor(cloud, allow(cloud));
      for (const object of new Set(changes.map((change) => change.object))) {
        const here = changes.filter((change) => change.object === object);
        const outcomes = await cloud.during(cloud.network.write(object, here, instantOf(0)));
        expect(outcomes).toEqual(here.map(() => ({ kind: "too-late" })));
      }
      expect(await whoGetsIn(cloud)).toEqual([]);
    });

    it("reads what is deleted as absent", async () => {
      const { network, model, missing, vm, during } = await create();
      const net = await during(network.read({ vms: [vm, missing.vm], objects: [missing.object] }));
      expect(model.vms(net)).toEqual([vm]);
      expect(model.facts(net, missing.vm)).toBeUndefined();
    });

    it("reads one VM with a bounded number of calls", async () => {
      const { network, world, vm, during } = await create();
      const before = world.calls();
      await during(network.read({ vms: [vm], objects: [] }));
      expect(world.calls() - before).toBeLessThanOrEqual(10);
    });

    it("surveys the same network that it reads", async () => {
      const { network, model, vm, port, during } = await create();
      const read = await during(network.read({ vms: [vm], objects: [] }));
      const ports = [{ port, protocol: "tcp" as const }];
      const seen = await during(
        (async () => {
          for await (const net of network.survey(scopeOf(vm))) if (model.vms(net).includes(vm)) return net;
          return undefined;
        })(),
      );
      if (seen === undefined) throw new Error("the survey did not meet the VM");
      expect(model.facts(seen, vm)).toEqual(model.facts(read, vm));
      expect(exposureOf(model, seen, vm, ports)).toEqual(exposureOf(model, read, vm, ports));
    });

    it("announces how long a write usually takes", async () => {
      const { network } = await create();
      expect(network.capabilities.usualWriteTime).toBeGreaterThan(seconds(0));
    });
  });
}
