import { plusSeconds, seal } from "@sallyport/contracts";
import type { Address, Cloud, Fact, JitPolicy, SallyportEvent, VmRef } from "@sallyport/contracts";
import { createLedger, quietLog, quietMetrics } from "@sallyport/backbone";
import type { Ports } from "@sallyport/backbone";
import { createEmbeddedPorts, openEmbedded } from "@sallyport/backbone-embedded";
import type { EmbeddedStore } from "@sallyport/backbone-embedded";
import {
  createEnforcer,
  createSigner,
  grantsTable,
  lockdownsTable,
  usualEnforcerSettings,
} from "@sallyport/enforcement";
import { deriveEventId, deriveLockdownId } from "@sallyport/service-kit";
import { anAccess, aPolicy, aUuid, createToyCloud, createVirtualClock, toyModel } from "@sallyport/testkit";
import type { ToyCloud, ToyNet, VirtualClock } from "@sallyport/testkit";
import { verdictAt } from "@sallyport/domain";

export interface Story {
  readonly clock: VirtualClock;
  readonly cloud: ToyCloud;
  readonly ports: Ports;
  readonly store: EmbeddedStore;
  /** Publishes facts as other services would. */
  readonly tell: (...facts: readonly Fact[]) => Promise<void>;
  readonly reachable: (vm: VmRef, port: number, source: string) => boolean;
  /** The types of everything that was published on the grants' topic and the lockdowns', in order. */
  readonly told: () => Promise<readonly SallyportEvent[]>;
  /** Ends the process as `kill -9` would, and starts it anew over the same store. */
  readonly crash: () => Promise<void>;
  readonly grant: (id: string) => Promise<unknown>;
  readonly lockdown: (vm: VmRef) => Promise<unknown>;
}

let events = 0;

/** One enforcer over a toy cloud, the embedded adapters in memory, and a clock that is moved by hand. */
export async function tellStory(cloudName: Cloud, net: ToyNet, writeMs = 0): Promise<Story> {
  const clock = createVirtualClock();
  const store = openEmbedded({ file: ":memory:" });
  const cloud = createToyCloud(clock, net, writeMs);
  const signer = createSigner([{ id: "k1", secret: "a secret of at least thirty-two characters" }]);
  let tokens = 0;
  const begin = async () => {
    const process = createEmbeddedPorts({ store, clock, random: () => 0.5 });
    await createEnforcer({
      ...process.ports,
      cloud: cloudName,
      network: cloud.network,
      model: toyModel,
      signer,
      deriveEventId,
      lockdownIdOf: deriveLockdownId,
      newToken: () => `t${(tokens += 1)}`,
      chance: () => 0.5,
      log: quietLog,
      metrics: quietMetrics,
      settings: usualEnforcerSettings,
    });
    return process;
  };
  let process = await begin();
  const outside = createEmbeddedPorts({ store, clock, random: () => 0.5 }).ports;
  const ledgerDeps = { ...outside, deriveEventId, source: "/test" };
  return {
    clock,
    cloud,
    store,
    ports: outside,
    tell: async (...facts) => {
      const sealed = facts.map((fact) => {
        const id = deriveEventId(aUuid((events += 1)), "told");
        return seal(fact, { id, source: "/test", time: clock.now(), correlationId: id, causationId: id });
      });
      const published = outside.bus.publish(sealed);
      await clock.pass(0);
      await published;
      await clock.pass(100);
    },
    reachable: (vm, port, source) => {
      const [destination] = toyModel.addresses(cloud.net(), vm);
      if (destination === undefined) return false;
      const flow = { vm, destination, port: port as JitPolicy["ports"][number]["port"], protocol: "tcp" as const };
      return verdictAt(toyModel.reachable(cloud.net(), flow), source as Address) === "allowed";
    },
    told: async () => {
      const all: SallyportEvent[] = [];
      for (const topic of ["sallyport.access", "sallyport.lockdown"] as const)
        for await (const event of outside.bus.replay(topic)) all.push(event);
      return all;
    },
    crash: async () => {
      process.abandon();
      process = await begin();
    },
    grant: async (id) => (await createLedger({ table: grantsTable(cloudName), ...ledgerDeps }).load(id)).value,
    lockdown: async (vm) => (await createLedger({ table: lockdownsTable(cloudName), ...ledgerDeps }).load(vm)).value,
  };
}

/** The policy on these ports, as request-api would publish it. */
export const policyOn = (vm: VmRef, ports: readonly number[], version = 1, lockdown?: JitPolicy["lockdown"]): Fact => ({
  type: "sallyport.policy.configured.v1",
  data: {
    policy: aPolicy({
      vm,
      ports: ports.map((port) => ({ port, maxDuration: 10_800 })),
      version,
      ...(lockdown === undefined ? {} : { lockdown }),
    }),
    by: { id: anAccess().principal.id },
  },
});

/** An approval as authz would publish it. */
export function approvalOf(
  story: Story,
  about: Parameters<typeof anAccess>[0] = {},
): Extract<Fact, { type: "sallyport.access.approved.v1" }> {
  const access = anAccess(about);
  const now = story.clock.now();
  return {
    type: "sallyport.access.approved.v1",
    data: { access, approvedAt: now, notAfter: plusSeconds(now, access.duration + 15), extends: false },
  };
}
