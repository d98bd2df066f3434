import { quietLog } from "@sallyport/backbone";
import type { BackboneSignal } from "@sallyport/backbone";
import { lane } from "@sallyport/contracts";
import { createVirtualClock } from "@sallyport/testkit";
import { observeSparingly } from "./observe-sparingly.ts";
import { reportSignals } from "./report-signals.ts";

describe("telling whoever runs us", () => {
  const fault = new Error("away");
  const signals: readonly BackboneSignal[] = [
    { kind: "held", group: "authz", topic: "sallyport.access", key: "vm-7", tries: 2, waitMs: 200, fault },
    { kind: "dead-letter", group: "authz", topic: "sallyport.access", key: "vm-7", reason: "event.unreadable" },
    { kind: "job-failed", lane: lane("RevokeGrant", "aws"), id: "j", tries: 1, waitMs: 100, fault },
    { kind: "lease-lost", lane: lane("RevokeGrant", "aws"), id: "j" },
    { kind: "unavailable", what: "Redis", fault },
  ];

  it.each(signals.map((signal) => [signal.kind, signal] as const))("is one line and one metric for %s", (_, signal) => {
    const lines: unknown[] = [];
    const counted: string[] = [];
    const say = (message: string, fields: unknown) => lines.push([message, fields]);
    reportSignals(
      { ...quietLog, warn: say, error: say },
      { count: (name) => counted.push(name), gauge: () => {}, observe: () => {} },
    )(signal);
    expect(lines).toHaveLength(1);
    expect(counted).toEqual([expect.stringMatching(/^sallyport_\w+_total$/)]);
  });

  it("says of the same outage every few seconds only, and leaves nothing else out", async () => {
    const clock = createVirtualClock();
    const said: BackboneSignal[] = [];
    const observe = observeSparingly(clock, (signal) => said.push(signal));
    const everything = () => signals.forEach(observe);
    everything();
    everything();
    expect(said.filter(({ kind }) => kind === "unavailable")).toHaveLength(1);
    expect(said).toHaveLength(2 * signals.length - 1);
    await clock.pass(5000);
    everything();
    expect(said.filter(({ kind }) => kind === "unavailable")).toHaveLength(2);
  });
});
