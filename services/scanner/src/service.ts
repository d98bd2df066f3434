import { createLeases, createLedger, keepPromises } from "@sallyport/backbone";
import type { DeriveEventId, Log, Metrics, Ports, Running } from "@sallyport/backbone";
import { isVmOf, lane, managementPorts as usualPorts } from "@sallyport/contracts";
import type { EventOf, EventType, Port, SallyportEvent, ScopeId, Topic } from "@sallyport/contracts";
import type { ScannerParts } from "./deps.ts";
import {
  onLockdownFailed,
  onPolicyConfigured,
  onPolicyRemoved,
  onVmLockedDown,
  onVmUnlocked,
} from "./on-standing-changed.ts";
import { onEnrolment } from "./on-enrolment.ts";
import { lookAtVm, putLook } from "./look-at-vm.ts";
import { noteClosed, noteOpened } from "./note-exposure.ts";
import { scanScope } from "./scan.ts";
import { createSlots } from "./slots.ts";
import type { SurveyedCloud } from "./surveyed-cloud.ts";
import { scopes, vms } from "./tables.ts";
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
  /** How many scopes of one cloud are surveyed at once. */
  readonly surveysAtOnce?: number;
  readonly managementPorts?: readonly Port[];
  /** Scopes on which the recommendation is switched off (seed.md §8, A2). */
  readonly disabledScopes?: readonly string[];
  readonly log: Log;
  readonly metrics: Metrics;
  readonly source?: string;
}

/** Nobody waits for what the scanner learns; it hears of each request several times and acts on few. */
const PATIENCE_MS = 100;
const TOPICS: readonly Topic[] = ["sallyport.policy", "sallyport.lockdown", "sallyport.access", "sallyport.scope"];
const SURVEYS_AT_ONCE = 4;
/** VMs that are read at once, because of messages. */
const LOOKS_AT_ONCE = 4;

type Handlers = { readonly [Type in EventType]?: (event: EventOf<Type>) => Promise<void> };

/** Surveys every enrolled scope, classifies its VMs, and says what has changed. Replicas take turns, scope by scope. */
export async function createScanner(deps: ScannerDeps): Promise<Running> {
  const { clouds, clock, bus, queue, records, deriveEventId, newToken, everyMs, log } = deps;
  const source = deps.source ?? "/sallyport/scanner";
  const parts: ScannerParts = {
    ...deps,
    ledger: createLedger({ table: vms, records, queue, bus, deriveEventId, source }),
    scopes: createLedger({ table: scopes, records, queue, bus, deriveEventId, source }),
    leases: createLeases({ records, clock, newToken }),
    recommendation: {
      connected: new Set<ScopeId>(clouds.flatMap(({ scopes }) => scopes)),
      disabledScopes: deps.disabledScopes ?? [],
      managementPorts: deps.managementPorts ?? usualPorts,
    },
  };
  await withdrawUnenrolled(parts, clouds);
  const scanning = clouds.flatMap((cloud) => {
    const slots = createSlots(deps.surveysAtOnce ?? SURVEYS_AT_ONCE, clock);
    return cloud.scopes.map((scope) => scanScope(parts, cloud, scope, { everyMs, slots }));
  });
  const looking = await Promise.all(
    clouds.map((cloud) =>
      queue.work(
        lane("LookAtVm", cloud.cloud),
        async (job) => {
          if (job.name === "LookAtVm") await lookAtVm(parts, cloud, job.data.vm);
        },
        { concurrency: LOOKS_AT_ONCE },
      ),
    ),
  );

  const handlers: Handlers = {
    "sallyport.policy.configured.v1": onPolicyConfigured(parts, clouds),
    "sallyport.policy.removed.v1": onPolicyRemoved(parts, clouds),
    "sallyport.lockdown.locked.v1": onVmLockedDown(parts, clouds),
    "sallyport.lockdown.failed.v1": onLockdownFailed(parts, clouds),
    "sallyport.lockdown.unlocked.v1": onVmUnlocked(parts, clouds),
    "sallyport.scope.enrolled.v1": onEnrolment(parts),
    "sallyport.scope.withdrawn.v1": onEnrolment(parts),
    "sallyport.access.drift-detected.v1": ({ data }) => putLook(parts, clouds, data.vm),
    "sallyport.access.granted.v1": ({ data }) => noteOpened(parts, data.access, data.openedAt),
    "sallyport.access.revoked.v1": ({ data: { access, receipt } }) =>
      noteClosed(parts, access.vm, access.grantId, receipt.closedAt),
    "sallyport.access.scan-requested.v1": async ({ data }) => {
      await scanning.find(({ scope }) => scope === data.scan.scope)?.request(data.scan);
    },
  };
  const handle = async (event: SallyportEvent): Promise<void> => {
    // The handler under an event's type takes exactly that event; TypeScript cannot see the pair.
    const handler = handlers[event.type] as ((event: SallyportEvent) => Promise<void>) | undefined;
    await handler?.(event);
  };

  const listening = await bus.subscribe("scanner", TOPICS, handle, {
    concerns: (subject) =>
      clouds.some(({ cloud, scopes: own }) => isVmOf(cloud, subject) || own.some((scope) => scope === subject)),
    types: new Set(Object.keys(handlers)),
    patienceMs: PATIENCE_MS,
  });
  const keeping = keepPromises([parts.ledger, parts.scopes], { clock, log });
  log.info("the scanner is at work", { scopes: scanning.length, everyMs });
  return {
    close: async () => {
      await listening.close();
      await Promise.all([keeping, ...looking, ...scanning].map((one) => one.close()));
    },
  };
}
