import { isVmOf, lane, plusMs } from "@sallyport/contracts";
import type {
  Cloud,
  EventOf,
  EventType,
  JobName,
  JobNamed,
  LockdownId,
  SallyportEvent,
  Topic,
  VmRef,
} from "@sallyport/contracts";
import { createLeases, createLedger } from "@sallyport/backbone";
import type { DeriveEventId, Log, Metrics, Ports, Running } from "@sallyport/backbone";
import type { CloudNetwork } from "@sallyport/cloud";
import type { NetworkModel } from "@sallyport/domain";
import { createClaims } from "./claims.ts";
import type { Ended } from "./claims.ts";
import { endAllGrants } from "./end-grants.ts";
import { onAccessApproved } from "./on-access-approved.ts";
import { onClassified } from "./on-classified.ts";
import { onPolicyConfigured, onPolicyRemoved } from "./on-policy.ts";
import { onRevocationRequested } from "./on-revocation-requested.ts";
import { createReconcile } from "./reconcile.ts";
import { settleGrant } from "./settle-grant.ts";
import type { SettleGrantDeps } from "./settle-grant.ts";
import { settleLockdown } from "./settle-lockdown.ts";
import type { SettleLockdownDeps } from "./settle-lockdown.ts";
import type { Signer } from "./signer.ts";
import { grantsTable, lockdownsTable } from "./tables.ts";
import { createTurns } from "./turn.ts";

export interface EnforcerSettings {
  /** How many grants are opened, closed, and lockdowns settled at once, in this process (B8). */
  readonly openConcurrency: number;
  readonly revokeConcurrency: number;
  readonly lockConcurrency: number;
  readonly reconcileEveryMs: number;
  readonly recheckLockdownMs: number;
}

export const usualEnforcerSettings: EnforcerSettings = {
  openConcurrency: 50,
  revokeConcurrency: 100,
  lockConcurrency: 16,
  reconcileEveryMs: 30_000,
  recheckLockdownMs: 300_000,
};

export interface EnforcerDeps<Net, Rule> extends Ports {
  readonly cloud: Cloud;
  readonly network: CloudNetwork<Net, Rule>;
  readonly model: NetworkModel<Net, Rule>;
  readonly signer: Signer;
  readonly deriveEventId: DeriveEventId;
  readonly lockdownIdOf: (vm: VmRef) => LockdownId;
  /** A new, unique name for the holder of a lease. */
  readonly newToken: () => string;
  /** A number in [0, 1), for jitter. */
  readonly chance: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly settings: EnforcerSettings;
}

type Handlers = { readonly [Type in EventType]?: (event: EventOf<Type>) => Promise<void> };
type Workers = {
  readonly [Name in JobName]?: {
    readonly concurrency: number;
    /** When its job comes again that has stepped aside; an opening's would only look at what is open already. */
    readonly againMs?: number;
    readonly run: (data: JobNamed<Name>["data"]) => Promise<Ended>;
  };
};

/** When a closing's job comes again that has stepped aside, as often as it takes. */
const CLOSING_AGAIN_MS = 60_000;
/** The same of a lockdown's, which waits for no slow object, but for others at the same one. */
const LOCKDOWN_AGAIN_MS = 15_000;

/** What comes alone is taken in at once; this long after it, at most, what comes right behind it. */
const PATIENCE_MS = 5;
const TOPICS: readonly Topic[] = ["sallyport.access", "sallyport.policy", "sallyport.posture"];

/** Opens and closes the doors of one cloud: events and jobs in, use cases out. The same for every cloud. */
export async function createEnforcer<Net, Rule>(deps: EnforcerDeps<Net, Rule>): Promise<Running> {
  const { cloud, clock, bus, queue, records, deriveEventId, log, metrics, settings } = deps;
  const source = `/sallyport/enforcer-${cloud}`;
  const grants = createLedger({ table: grantsTable(cloud), records, queue, bus, deriveEventId, source });
  const lockdowns = createLedger({ table: lockdownsTable(cloud), records, queue, bus, deriveEventId, source });
  const leases = createLeases({ records, clock, newToken: deps.newToken });
  const seal = deps.signer.seal;
  const turnDeps = { network: deps.network, model: deps.model, seal, leases, clock, log, metrics };
  const turns = createTurns(turnDeps);
  const claims = createClaims({ leases, clock, log });
  const grantDeps: SettleGrantDeps<Net, Rule> = {
    ...turnDeps,
    turns,
    claims,
    grants,
    signer: deps.signer,
    chance: deps.chance,
  };
  const lockdownDeps: SettleLockdownDeps<Net, Rule> = {
    ...turnDeps,
    turns,
    claims,
    lockdowns,
    grants,
    chance: deps.chance,
    recheckMs: settings.recheckLockdownMs,
  };
  const policyDeps = { clock, grants, lockdowns, lockdownIdOf: deps.lockdownIdOf };

  const handlers: Handlers = {
    "sallyport.access.approved.v1": onAccessApproved({ clock, grants, lockdowns }),
    "sallyport.access.revocation-requested.v1": onRevocationRequested({ clock, grants }),
    "sallyport.policy.configured.v1": onPolicyConfigured(policyDeps),
    "sallyport.policy.removed.v1": onPolicyRemoved(policyDeps),
    "sallyport.posture.classified.v1": onClassified({ clock, grants, lockdowns }),
    "sallyport.posture.gone.v1": ({ data }) => endAllGrants({ clock, grants }, data.vm),
  };
  const workers: Workers = {
    RevokeGrant: {
      concurrency: settings.revokeConcurrency,
      againMs: CLOSING_AGAIN_MS,
      run: ({ grantId }) => settleGrant(grantDeps, grantId),
    },
    OpenGrant: { concurrency: settings.openConcurrency, run: ({ grantId }) => settleGrant(grantDeps, grantId) },
    LockVm: {
      concurrency: settings.lockConcurrency,
      againMs: LOCKDOWN_AGAIN_MS,
      run: ({ vm }) => settleLockdown(lockdownDeps, vm),
    },
    UnlockVm: {
      concurrency: settings.lockConcurrency,
      againMs: LOCKDOWN_AGAIN_MS,
      run: ({ vm }) => settleLockdown(lockdownDeps, vm),
    },
  };

  const handle = async (event: SallyportEvent): Promise<void> => {
    // The handler under an event's type takes exactly that event; TypeScript cannot see the pair.
    const handler = handlers[event.type] as ((event: SallyportEvent) => Promise<void>) | undefined;
    await handler?.(event);
  };

  const work = async <Name extends JobName>(name: Name, worker: NonNullable<Workers[Name]>): Promise<Running> =>
    queue.work(
      lane(name, cloud),
      async (job) => {
        if ((await worker.run(job.data as JobNamed<Name>["data"])) === "over") return;
        // The slot is for others now. Should the process die while the rest goes on by itself, or the backbone be away, reconcile
        // finds the row, and so does the job that comes again.
        if (worker.againMs !== undefined) await queue.put(job, plusMs(clock.now(), worker.againMs));
      },
      { concurrency: worker.concurrency },
    );

  const working = await Promise.all(
    (Object.keys(workers) as (keyof typeof workers)[]).map((name) =>
      work(name, workers[name] as NonNullable<Workers[typeof name]>),
    ),
  );
  const reconcile = createReconcile({ clock, log, metrics, everyMs: settings.reconcileEveryMs, concurrency: 16 }, [
    { name: "grants", ledger: grants, settle: (id) => settleGrant(grantDeps, id as Parameters<typeof settleGrant>[1]) },
    { name: "lockdowns", ledger: lockdowns, settle: (id) => settleLockdown(lockdownDeps, id as VmRef) },
  ]);
  const listening = await bus.subscribe(`enforcer-${cloud}`, TOPICS, handle, {
    concerns: (subject) => isVmOf(cloud, subject),
    types: new Set(Object.keys(handlers)),
    patienceMs: PATIENCE_MS,
  });
  return {
    close: async () => {
      await listening.close();
      await reconcile.close();
      await Promise.all(working.map((one) => one.close()));
      await claims.idle();
    },
  };
}
