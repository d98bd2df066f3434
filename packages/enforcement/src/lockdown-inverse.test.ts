import { ObjectId, ScopeId, VmRef } from "@sallyport/contracts";
import type { Address, Cidr, StoredChange } from "@sallyport/contracts";
import { createLeases, createLedger, quietLog, quietMetrics } from "@sallyport/backbone";
import type { CloudNetwork } from "@sallyport/cloud";
import { createAwsModel, readMark } from "@sallyport/domain";
import type { AwsNet, AwsRule } from "@sallyport/domain";
import { aBackbone, anAccess, anEvent, anEventId, aPolicy, aVm } from "@sallyport/testkit";
import { createClaims } from "./claims.ts";
import { deriveEventId, lockdownIdOf, signer } from "./enforcer-under-test.conformance.ts";
import { onPolicyConfigured, onPolicyRemoved } from "./on-policy.ts";
import { settleLockdown } from "./settle-lockdown.ts";
import { grantsTable, lockdownsTable } from "./tables.ts";
import { createTurns } from "./turn.ts";

const vm = VmRef.parse(aVm("aws"));
const scope = ScopeId.parse("123456789012/eu-west-1");
const web = ObjectId.parse("sg-00000000000000web");
const rule = (port: number, cidr: string, to = port) => ({
  protocol: "tcp",
  from: port,
  to,
  peer: { kind: "cidr" as const, cidr: cidr as Cidr },
  tags: [],
});
type Rule = AwsNet["groups"][number]["ingress"][number];

const netWith = (...ingress: readonly Rule[]): AwsNet => ({
  instances: [{ vm, scope, name: "shop-1", osType: "linux", power: "running" }],
  interfaces: [
    {
      id: ObjectId.parse("eni-000000000000000e1"),
      scope,
      vpc: "vpc-1",
      vm,
      index: 0,
      addresses: ["10.0.0.4" as Address],
      publicAddresses: [],
      groups: [web],
    },
  ],
  groups: [
    {
      key: web,
      scope,
      id: web,
      name: "web",
      vpc: "vpc-1",
      description: "web",
      tags: [],
      ingress,
      egress: [],
      membersKnown: true,
      referencesKnown: true,
    },
  ],
  prefixLists: [],
});

/** One enforcer of AWS over a network in memory that holds what was written. `meanwhile` happens right before a call. */
function anAwsEnforcer(start: AwsNet) {
  const { clock, incarnate } = aBackbone();
  const ports = incarnate().ports;
  const model = createAwsModel();
  let net = start;
  const meanwhile: { read?: (nth: number) => void; write?: () => Promise<void> } = {};
  let reads = 0;
  const network: CloudNetwork<AwsNet, AwsRule> = {
    capabilities: { cloud: "aws", usualWriteTime: 15 as never, parallelWrites: 16 },
    read: async () => {
      meanwhile.read?.((reads += 1));
      return net;
    },
    write: async (_, changes) => {
      await meanwhile.write?.();
      net = model.apply(net, changes);
      return changes.map(() => ({ kind: "done" as const }));
    },
    survey: async function* () {
      yield await Promise.resolve(net);
    },
  };
  let tokens = 0;
  const leases = createLeases({ records: ports.records, clock, newToken: () => `t${(tokens += 1)}` });
  const ledgerDeps = { ...ports, deriveEventId, source: "/sallyport/enforcer-aws" };
  const grants = createLedger({ table: grantsTable("aws"), ...ledgerDeps });
  const lockdowns = createLedger({ table: lockdownsTable("aws"), ...ledgerDeps });
  const turnDeps = { network, model, seal: signer.seal, leases, clock, log: quietLog, metrics: quietMetrics };
  const deps = {
    ...turnDeps,
    turns: createTurns(turnDeps),
    claims: createClaims({ leases, clock, log: quietLog }),
    lockdowns,
    grants,
    chance: () => 0.5,
    recheckMs: 300_000,
  };
  const policyDeps = { clock, grants, lockdowns, lockdownIdOf };
  const by = anAccess().principal;
  return {
    meanwhile,
    change: (edit: (rules: readonly Rule[]) => readonly Rule[]) => {
      net = {
        ...net,
        groups: net.groups.map((group) => (group.key === web ? { ...group, ingress: edit(group.ingress) } : group)),
      };
    },
    rules: () =>
      net.groups
        .flatMap(({ ingress }) => ingress)
        .map(({ from, to, peer, tags }) => {
          const range = from === to ? `${from}` : `${from}-${to}`;
          const ours = tags.some(({ value }) => readMark(value) !== undefined) ? " ours" : "";
          return `${range} ${peer.kind === "cidr" ? peer.cidr : peer.kind}${ours}`;
        })
        .toSorted(),
    inverse: async (): Promise<readonly StoredChange[]> => (await lockdowns.load(vm)).value?.inverse ?? [],
    lockdown: async () => (await lockdowns.load(vm)).value,
    lock: async (version: number, ...selected: readonly number[]) => {
      const policy = aPolicy({ vm, version, ports: selected.map((port) => ({ port, maxDuration: 3600 })) });
      const fact = { type: "sallyport.policy.configured.v1", data: { policy, by } } as const;
      await onPolicyConfigured(policyDeps)(anEvent(fact, { id: anEventId(version) }));
      await settleLockdown(deps, vm);
    },
    settle: () => settleLockdown(deps, vm),
    unlock: async () => {
      const fact = { type: "sallyport.policy.removed.v1", data: { vm, by, version: 99, at: clock.now() } } as const;
      await onPolicyRemoved(policyDeps)(anEvent(fact, { id: anEventId(99) }));
      await settleLockdown(deps, vm);
    },
  };
}

describe("what a lockdown on AWS took away", () => {
  it("comes back, although the policy moved to another port of as many rules in between", async () => {
    const enforcer = anAwsEnforcer(netWith(rule(22, "0.0.0.0/0"), rule(3389, "0.0.0.0/0")));
    const before = enforcer.rules();
    await enforcer.lock(1, 22);
    expect(enforcer.rules()).toEqual(["3389 0.0.0.0/0"]);
    await enforcer.lock(2, 3389);
    expect(enforcer.rules()).toEqual(["22 0.0.0.0/0"]);
    // What has come back is not owed any more: should somebody delete it now, it stays deleted.
    expect(await enforcer.inverse()).toMatchObject([{ rule: { permit: { from: 3389 } } }]);
    await enforcer.unlock();
    expect(enforcer.rules()).toEqual(before);
  });

  it("is in the row before it is taken, also when a neighbour adds a rule between planning and writing", async () => {
    const enforcer = anAwsEnforcer(netWith(rule(22, "0.0.0.0/0")));
    enforcer.meanwhile.read = (nth) => {
      if (nth === 2) enforcer.change((rules) => [...rules, rule(22, "198.51.100.0/24")]);
    };
    const lacking: string[] = [];
    enforcer.meanwhile.write = async () => {
      const known = JSON.stringify(await enforcer.inverse());
      lacking.push(...["0.0.0.0/0", "198.51.100.0/24"].filter((cidr) => !known.includes(cidr)));
    };
    await enforcer.lock(1, 22);
    expect([lacking, enforcer.rules()]).toEqual([[], []]);
    await enforcer.unlock();
    expect(enforcer.rules()).toEqual(["22 0.0.0.0/0", "22 198.51.100.0/24"]);
  });

  it("is added to when somebody opens the port again, and all of it comes back", async () => {
    const enforcer = anAwsEnforcer(netWith(rule(22, "0.0.0.0/0")));
    await enforcer.lock(1, 22);
    enforcer.change((rules) => [...rules, rule(22, "198.51.100.0/24")]);
    await enforcer.settle();
    expect(enforcer.rules()).toEqual([]);
    await enforcer.unlock();
    expect(enforcer.rules()).toEqual(["22 0.0.0.0/0", "22 198.51.100.0/24"]);
  });
});
