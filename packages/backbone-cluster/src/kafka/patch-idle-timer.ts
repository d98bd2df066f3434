import { createRequire } from "node:module";
import { z } from "zod";

/** What the patch touches of kafkajs's own class. */
interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttleCheckTimeoutId: unknown;
}
type Schedule = (this: RequestQueue) => void;

const Package = z.object({ version: z.literal("2.2.4") });
const RequestQueueClass = z.custom<{ readonly prototype: { scheduleCheckPendingRequests: Schedule } }>(
  (value) =>
    typeof value === "function" &&
    typeof (value.prototype as Record<string, unknown>)["scheduleCheckPendingRequests"] === "function",
);

const patched = new WeakSet<object>();

/**
 * Stops each connection of kafkajs from spinning a 1 ms timer while it is idle (kafka.md K5, §3): without a request that waits,
 * there is nothing to look at again, and the first one that has to wait arms the timer itself. Throws where the library is not the
 * one that was read. Called before the first client is made.
 */
export function patchIdleTimer(): void {
  const require = createRequire(import.meta.url);
  Package.parse(require("kafkajs/package.json"));
  const { prototype } = RequestQueueClass.parse(require("kafkajs/src/network/requestQueue"));
  if (patched.has(prototype)) return;
  patched.add(prototype);
  const original = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleWhatWaits(this: RequestQueue) {
    // With something pending the original never passes a negative delay on.
    if (this.pending.length > 0 && !this.throttleCheckTimeoutId) original.call(this);
  };
}
