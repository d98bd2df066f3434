import type { EventOf } from "@sallyport/contracts";
import { policyRemoved } from "./decide.ts";
import { denyWaiting } from "./deny-waiting.ts";
import type { HandlerDeps } from "./deps.ts";
import { putNewer } from "./put-newer.ts";
import { policies } from "./tables.ts";

export const onPolicyConfigured =
  ({ records }: HandlerDeps) =>
  async ({ data: { policy } }: EventOf<"sallyport.policy.configured.v1">): Promise<void> => {
    const next = { vm: policy.vm, version: policy.version, policy };
    await putNewer(records, policies, policy.vm, (known) =>
      known === undefined || known.version < policy.version ? next : undefined,
    );
  };

/** Remembers that there was one: who asked by an older version is refused, and does not wait. */
export const onPolicyRemoved =
  (deps: HandlerDeps) =>
  async (event: EventOf<"sallyport.policy.removed.v1">): Promise<void> => {
    const { vm, version } = event.data;
    const isNews = await putNewer(deps.records, policies, vm, (known) =>
      known === undefined || known.version <= version ? { vm, version } : undefined,
    );
    if (isNews) await denyWaiting(deps, vm, { id: event.id, correlationId: event.correlationid }, policyRemoved);
  };
