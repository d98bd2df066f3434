import { createHash } from "node:crypto";
import { createLeases, createLedger, quietLog, quietMetrics } from "@sallyport/backbone";
import type { DeriveEventId, Ledger, Log, Ports } from "@sallyport/backbone";
import type { CloudNetwork } from "@sallyport/cloud";
import { Address, EventId, LockdownId, plusSeconds, Port, SallyportError } from "@sallyport/contracts";
import type { Fact, GrantId, VmRef } from "@sallyport/contracts";
import { verdictAt } from "@sallyport/domain";
import type { GrantState, LockdownState } from "@sallyport/domain";
import {
  aBackbone,
  anAccess,
  anEvent,
  anEventId,
  aPolicy,
  aVm,
  behind,
  createToyCloud,
  toyModel,
} from "@sallyport/testkit";
import type { ToyCloud, ToyNet, ToyRule, VirtualClock } from "@sallyport/testkit";
import { createClaims } from "./claims.ts";
import { onAccessApproved } from "./on-access-approved.ts";
import { onClassified } from "./on-classified.ts";
import { onPolicyConfigured, onPolicyRemoved } from "./on-policy.ts";
import { onRevocationRequested } from "./on-revocation-requested.ts";
import { settleGrant } from "./settle-grant.ts";
import { settleLockdown } from "./settle-lockdown.ts";
import { createSigner } from "./signer.ts";
import { grantsTable, lockdownsTable } from "./tables.ts";
import { createTurns } from "./turn.ts";

export const signer = createSigner([{ id: "k1", secret: "a secret of at least thirty-two characters" }]);

/** Ids by cause and step, as service-kit makes them. */
export const deriveEventId: DeriveEventId = (cause, step) => {
  const hex = createHash("sha256").update(`${cause}\n${step}`).digest("hex");
  return EventId.parse(
    [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-"),
  );
};
export const lockdownIdOf = (): LockdownId => LockdownId.parse("l00000000000000a");

/** What can be made to happen at the cloud's two functions; asked right before each call, it may throw, or edit the network. */
export interface Trouble {
  beforeRead?: () => void;
  beforeWrite?: () => void | Promise<void>;
}

export interface EnforcerUnderTest {
  readonly clock: VirtualClock;
  readonly cloud: ToyCloud;
  readonly vm: VmRef;
  readonly ports: Ports;
  readonly grants: Ledger<GrantState>;
  readonly lockdowns: Ledger<LockdownState>;
  readonly trouble: Trouble;
  readonly said: { readonly level: "warn" | "error"; readonly message: string; readonly fields: unknown }[];
  /** The handlers of one process, and its use cases. */
  readonly first: ProcessUnderTest;
  /** One more process over the same store and cloud. */
  readonly another: () => ProcessUnderTest;
  readonly reachable: (source: string, port?: number) => boolean;
  /** The types of what was told, shortened, in order. */
  readonly told: () => Promise<readonly string[]>;
  readonly facts: () => Promise<readonly Fact[]>;
  /** Jobs in the queue, by name and due instant. */
  readonly promised: (name?: string) => readonly { readonly name: string; readonly due: number }[];
  readonly grant: (id: GrantId) => Promise<GrantState | undefined>;
  readonly lockdown: () => Promise<LockdownState | undefined>;
  /** Locks port 22 down, or others, and settles it. */
  readonly locked: (ports?: readonly number[], version?: number) => Promise<void>;
  /** Has a grant approved, for 7200 s unless the test is about something else; not settled yet. */
  readonly approved: (about?: Parameters<typeof anAccess>[0]) => Promise<GrantId>;
}

export type ProcessUnderTest = ReturnType<typeof processOver>;

interface Over {
  readonly ports: Ports;
  readonly network: CloudNetwork<ToyNet, ToyRule>;
  readonly log: Log;
  readonly name: string;
}

function processOver({ ports, network, log, name }: Over) {
  const { clock, records } = ports;
  let tokens = 0;
  const ledgerDeps = { ...ports, deriveEventId, source: "/sallyport/enforcer-azure" };
  const grants = createLedger({ table: grantsTable("azure"), ...ledgerDeps });
  const lockdowns = createLedger({ table: lockdownsTable("azure"), ...ledgerDeps });
  const leases = createLeases({ records, clock, newToken: () => `${name}-${(tokens += 1)}` });
  const turnDeps = { network, model: toyModel, seal: signer.seal, leases, clock, log, metrics: quietMetrics };
  const turns = createTurns(turnDeps);
  const claims = createClaims({ leases, clock, log });
  const deps = { ...turnDeps, turns, claims, grants, lockdowns, signer, chance: () => 0.5, recheckMs: 300_000 };
  const policyDeps = { clock, grants, lockdowns, lockdownIdOf };
  return {
    deps,
    settleGrant: (id: GrantId) => settleGrant(deps, id),
    settleLockdown: (vm: VmRef) => settleLockdown(deps, vm),
    onApproved: onAccessApproved({ clock, grants, lockdowns }),
    onClassified: onClassified(policyDeps),
    onRevoked: onRevocationRequested({ clock, grants }),
    onConfigured: onPolicyConfigured(policyDeps),
    onRemoved: onPolicyRemoved(policyDeps),
  };
}

/**
 * The use cases of one enforcer, called by the test itself: the shipped embedded adapters in memory, a toy cloud, a clock moved by
 * hand, and nobody who works the queue.
 */
export function anEnforcer({ writeMs = 0, gates = ["nsg"], vm = aVm("azure") } = {}): EnforcerUnderTest {
  const { clock, store, incarnate } = aBackbone();
  const ports = incarnate().ports;
  const cloud = createToyCloud(clock, behind(vm, ...gates), writeMs);
  const trouble: Trouble = {};
  const said: EnforcerUnderTest["said"] = [];
  const log: Log = {
    ...quietLog,
    warn: (message, fields) => void said.push({ level: "warn", message, fields }),
    error: (message, fields) => void said.push({ level: "error", message, fields }),
  };
  const network: CloudNetwork<ToyNet, ToyRule> = {
    ...cloud.network,
    read: async (of) => {
      trouble.beforeRead?.();
      return cloud.network.read(of);
    },
    write: async (...call) => {
      await trouble.beforeWrite?.();
      return cloud.network.write(...call);
    },
  };
  let processes = 0;
  const another = () => processOver({ ports: incarnate().ports, network, log, name: `p${(processes += 1)}` });
  const first = another();
  const { grants, lockdowns } = first.deps;
  const facts = async () => {
    const all: Fact[] = [];
    for (const topic of ["sallyport.access", "sallyport.lockdown"] as const)
      for await (const event of ports.bus.replay(topic)) all.push(event);
    return all;
  };
  return {
    clock,
    cloud,
    vm,
    ports,
    grants,
    lockdowns,
    trouble,
    said,
    first,
    another,
    reachable: (source, port = 22) => {
      const [destination] = toyModel.addresses(cloud.net(), vm);
      if (destination === undefined) return false;
      const flow = { vm, destination, port: Port.parse(port), protocol: "tcp" as const };
      return verdictAt(toyModel.reachable(cloud.net(), flow), Address.parse(source)) === "allowed";
    },
    facts,
    told: async () => (await facts()).map(({ type }) => type.split(".").slice(1, -1).join(".")),
    promised: (name) =>
      store.read
        .all("SELECT name, wanted FROM jobs ORDER BY wanted, rowid")
        .map((row) => ({ name: String(row["name"]), due: Number(row["wanted"]) }))
        .filter((job) => name === undefined || job.name === name),
    grant: async (id) => (await grants.load(id)).value,
    lockdown: async () => (await lockdowns.load(vm)).value,
    locked: async (selected = [22], version = 1) => {
      const policy = aPolicy({ vm, version, ports: selected.map((port) => ({ port, maxDuration: 10_800 })) });
      const fact = { type: "sallyport.policy.configured.v1", data: { policy, by: anAccess().principal } } as const;
      await first.onConfigured(anEvent(fact, { id: anEventId(100 + version) }));
      await first.settleLockdown(vm);
    },
    approved: async (about = {}) => {
      const access = anAccess({ vm, ...about });
      const approvedAt = clock.now();
      const data = { access, approvedAt, notAfter: plusSeconds(approvedAt, access.duration + 15), extends: false };
      await first.onApproved(anEvent({ type: "sallyport.access.approved.v1", data }, { id: anEventId(7) }));
      return access.grantId;
    },
  };
}

/** A fault of the cloud that may pass. */
export const throttled = (retryAfterMs?: number): SallyportError =>
  new SallyportError({
    code: "azure.throttled",
    detail: "slow down",
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
