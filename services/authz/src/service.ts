import type { May } from "@sallyport/authorization";
import { createLedger, keepPromises } from "@sallyport/backbone";
import type { DeriveEventId, Log, Metrics, Ports, Running } from "@sallyport/backbone";
import { lane } from "@sallyport/contracts";
import type { EventOf, EventType, Job, SallyportEvent, Topic } from "@sallyport/contracts";
import type { DurationLimits } from "@sallyport/domain";
import type { HandlerDeps } from "./deps.ts";
import { expireApproval } from "./expire-approval.ts";
import { createKnownFacts } from "./known-facts.ts";
import { onAccessRequested } from "./on-access-requested.ts";
import { onApprovalGiven } from "./on-approval-given.ts";
import { onEnrolment } from "./on-enrolment.ts";
import { onExtensionRequested } from "./on-extension-requested.ts";
import { onGrantMoved } from "./on-grant-moved.ts";
import { onPolicyConfigured, onPolicyRemoved } from "./on-policy-changed.ts";
import { onRevocationRequested } from "./on-revocation-requested.ts";
import { onVmClassified, onVmGone } from "./on-vm-changed.ts";
import { decisions } from "./tables.ts";

export { settings } from "./config.ts";
export interface AuthzDeps extends Ports {
  readonly may: May;
  readonly deriveEventId: DeriveEventId;
  /** Shortest and longest grant, whatever a policy says. */
  readonly limits: DurationLimits;
  readonly log: Log;
  readonly metrics: Metrics;
  /** CloudEvents `source` of what is published. */
  readonly source?: string;
}

/** What comes alone is taken in at once; this long after it, at most, what comes right behind it. */
const PATIENCE_MS = 5;
const TOPICS: readonly Topic[] = ["sallyport.access", "sallyport.policy", "sallyport.posture", "sallyport.scope"];

/** One handler for each event that authz consumes; the rest of the topics passes by. */
type Handlers = { readonly [Type in EventType]?: (event: EventOf<Type>) => Promise<void> };

/** Decides requests, approvals and extensions. Several replicas share the partitions; what one knows is in the records. */
export async function createAuthz(deps: AuthzDeps): Promise<Running> {
  const { bus, queue, records, clock, deriveEventId, log, source = "/sallyport/authz" } = deps;
  const ledger = createLedger({ table: decisions, records, queue, bus, deriveEventId, source });
  const handlerDeps: HandlerDeps = { ...deps, ledger, facts: createKnownFacts(records) };
  const moved = onGrantMoved(handlerDeps);
  const handlers: Handlers = {
    "sallyport.access.requested.v1": onAccessRequested(handlerDeps),
    "sallyport.access.approval-given.v1": onApprovalGiven(handlerDeps),
    "sallyport.access.extension-requested.v1": onExtensionRequested(handlerDeps),
    "sallyport.access.revocation-requested.v1": onRevocationRequested(handlerDeps),
    "sallyport.access.granted.v1": moved,
    "sallyport.access.extended.v1": moved,
    "sallyport.access.failed.v1": moved,
    "sallyport.access.revoked.v1": moved,
    "sallyport.policy.configured.v1": onPolicyConfigured(handlerDeps),
    "sallyport.policy.removed.v1": onPolicyRemoved(handlerDeps),
    "sallyport.posture.classified.v1": onVmClassified(handlerDeps),
    "sallyport.posture.gone.v1": onVmGone(handlerDeps),
    "sallyport.scope.enrolled.v1": onEnrolment(handlerDeps),
    "sallyport.scope.withdrawn.v1": onEnrolment(handlerDeps),
  };
  const handle = async (event: SallyportEvent): Promise<void> => {
    // The handler under an event's type takes exactly that event; TypeScript cannot see the pair.
    const handler = handlers[event.type] as ((event: SallyportEvent) => Promise<void>) | undefined;
    await handler?.(event);
  };
  const expire = expireApproval(handlerDeps);
  const work = async (job: Job): Promise<void> => {
    if (job.name === "ExpireApproval") await expire(job);
  };

  const expiring = await queue.work(lane("ExpireApproval"), work, { concurrency: 8 });
  const keeping = keepPromises([ledger], { clock, log });
  const listening = await bus.subscribe("authz", TOPICS, handle, {
    types: new Set(Object.keys(handlers)),
    patienceMs: PATIENCE_MS,
  });
  return {
    close: async () => {
      await listening.close();
      await Promise.all([expiring.close(), keeping.close()]);
    },
  };
}
