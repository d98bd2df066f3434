import { createLeases, createLedger, keepPromises } from "@sallyport/backbone";
import type { DeriveEventId, Log, Metrics, Ports, Running } from "@sallyport/backbone";
import { managementPorts as usualPorts } from "@sallyport/contracts";
import type { EventOf, EventType, Port, SallyportEvent, ScopeId, Topic } from "@sallyport/contracts";
import type { ScannerParts } from "./deps.ts";
import {
  onLockdownFailed,
  onPolicyConfigured,
  onPolicyRemoved,
  onVmLockedDown,
  onVmUnlocked,
} from "./on-standing-changed.ts";
import { scanScope } from "./scan.ts";
import type { SurveyedCloud } from "./surveyed-cloud.ts";
import { vms } from "./tables.ts";
import { withdrawUnenrolled } from "./withdraw-unenrolled.ts";

export { settings } from "./config.ts";
export { surveyedCloud } from "./surveyed-cloud.ts";
export type { SurveyedCloud, SurveyedCloudParts } from "./surveyed-cloud.ts";

export interface ScannerDeps extends Ports {
  /** One for each configured cloud, from `surveyedCloud`. */
  readonly clouds: readonly SurveyedCloud[];
  readonly deriveEventId: DeriveEventId;
  /** A new, unique name for the holder of a lease. */
  readonly newToken: () => string;
  /** How often each scope is surveyed. */
  readonly everyMs: number;
  readonly managementPorts?: readonly Port[];
  /** Scopes on which the recommendation is switched off (seed.md §8, A2). */
  readonly disabledScopes?: readonly string[];
  readonly log: Log;
  readonly metrics: Metrics;
  readonly source?: string;
}

const TOPICS: readonly Topic[] = ["sallyport.policy", "sallyport.lockdown"];

type Handlers = { readonly [Type in EventType]?: (event: EventOf<Type>) => Promise<void> };

/** Surveys every enrolled scope, classifies its VMs, and says what has changed. Replicas take turns, scope by scope. */
export async function createScanner(deps: ScannerDeps): Promise<Running> {
  const { clouds, clock, bus, queue, records, deriveEventId, newToken, everyMs, log } = deps;
  const source = deps.source ?? "/sallyport/scanner";
  const parts: ScannerParts = {
    ...deps,
    ledger: createLedger({ table: vms, records, queue, bus, deriveEventId, source }),
    leases: createLeases({ records, clock, newToken }),
    recommendation: {
      enrolled: new Set<ScopeId>(clouds.flatMap(({ scopes }) => scopes)),
      disabledScopes: deps.disabledScopes ?? [],
      managementPorts: deps.managementPorts ?? usualPorts,
    },
  };
  const handlers: Handlers = {
    "sallyport.policy.configured.v1": onPolicyConfigured(parts),
    "sallyport.policy.removed.v1": onPolicyRemoved(parts),
    "sallyport.lockdown.locked.v1": onVmLockedDown(parts),
    "sallyport.lockdown.failed.v1": onLockdownFailed(parts),
    "sallyport.lockdown.unlocked.v1": onVmUnlocked(parts),
  };
  const handle = async (event: SallyportEvent): Promise<void> => {
    // The handler under an event's type takes exactly that event; TypeScript cannot see the pair.
    const handler = handlers[event.type] as ((event: SallyportEvent) => Promise<void>) | undefined;
    await handler?.(event);
  };

  await withdrawUnenrolled(parts, clouds);
  const listening = await bus.subscribe("scanner", TOPICS, handle);
  const keeping = keepPromises([parts.ledger], { clock, log });
  const scanning = clouds.flatMap((cloud) => cloud.scopes.map((scope) => scanScope(parts, cloud, scope, everyMs)));
  log.info("the scanner is at work", { scopes: scanning.length, everyMs });
  return {
    close: async () => {
      await listening.close();
      await Promise.all([keeping, ...scanning].map((one) => one.close()));
    },
  };
}
