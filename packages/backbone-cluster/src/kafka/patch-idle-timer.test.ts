import { createRequire } from "node:module";
import { patchIdleTimer } from "./patch-idle-timer.ts";

interface Queue {
  readonly pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  readonly scheduleCheckPendingRequests: () => void;
  readonly destroy: () => void;
}

describe("an idle connection of kafkajs", () => {
  const newQueue = (): Queue => {
    const RequestQueue = createRequire(__filename)("kafkajs/src/network/requestQueue") as new (
      options: object,
    ) => Queue;
    return new RequestQueue({ maxInFlightRequests: 1, requestTimeout: 1000, logger: { debug: () => {} } });
  };
  beforeAll(() => {
    patchIdleTimer();
    patchIdleTimer();
  });

  it("arms no timer, also after a throttle has ended", () => {
    const queue = newQueue();
    queue.scheduleCheckPendingRequests();
    queue.throttledUntil = Date.now() - 1000;
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBeNull();
  });

  it("looks again after the throttle when a request waits, once", () => {
    const queue = newQueue();
    queue.throttledUntil = Date.now() + 5000;
    queue.pending.push({});
    queue.scheduleCheckPendingRequests();
    const armed = queue.throttleCheckTimeoutId;
    expect(armed).not.toBeNull();
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBe(armed);
    queue.destroy();
  });
});
