import type { EventOf } from "@sallyport/contracts";
import { gone } from "./decide.ts";
import { denyWaiting } from "./deny-waiting.ts";
import type { HandlerDeps } from "./deps.ts";
import { putNewer } from "./put-newer.ts";
import { vms } from "./tables.ts";
import type { KnownVm } from "./tables.ts";

export const onVmClassified =
  ({ records }: HandlerDeps) =>
  async ({ data: { vm, profile } }: EventOf<"sallyport.posture.classified.v1">): Promise<void> => {
    await putNewer(records, vms, vm, (): KnownVm => ({ state: "There", profile }));
  };

/** Remembers that it is gone, also of a VM never heard of: a request for it is refused, and does not wait for it to be known. */
export const onVmGone =
  (deps: HandlerDeps) =>
  async (event: EventOf<"sallyport.posture.gone.v1">): Promise<void> => {
    const { vm, at } = event.data;
    await putNewer(deps.records, vms, vm, (): KnownVm => ({ state: "Gone", at }));
    await denyWaiting(deps, vm, { id: event.id, correlationId: event.correlationid }, gone(at));
  };
