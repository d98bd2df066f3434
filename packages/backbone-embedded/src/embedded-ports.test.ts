import { describeSignal } from "@sallyport/backbone";
import type { BackboneSignal } from "@sallyport/backbone";
import { lane, plusMs, SallyportError, seconds } from "@sallyport/contracts";
import { aBackbone, aGrantId, anEvent, aPrincipal, aVm } from "@sallyport/testkit";
import { z } from "zod";
import { createEmbeddedPorts } from "./embedded-ports.ts";
import { openEmbedded } from "./embedded-store.ts";
import { numberIn } from "./sql.ts";

const LANE = lane("RevokeGrant", "aws");
const job = { name: "RevokeGrant", data: { cloud: "aws", vm: aVm("aws"), grantId: aGrantId() } } as const;
const gone = (n = 1) =>
  anEvent({ type: "sallyport.posture.gone.v1", data: { vm: aVm("azure", n), at: aBackbone().clock.now() } });
const requested = (n: number) =>
  anEvent({
    type: "sallyport.access.revocation-requested.v1",
    data: { vm: aVm(), grantId: aGrantId(n), by: aPrincipal(), reason: "given-back", at: aBackbone().clock.now() },
  });

describe("the queue on one file", () => {
  it("leaves a long job to its worker for as long as that one lives", async () => {
    const { clock, incarnate } = aBackbone();
    const [here, there] = [incarnate().ports, incarnate().ports];
    let runs = 0;
    const run = async () => {
      runs++;
      await new Promise<void>((resolve) => {
        clock.after(300_000, resolve);
      });
    };
    await here.queue.work(LANE, run, { concurrency: 1 });
    await there.queue.work(LANE, run, { concurrency: 1 });
    await here.queue.put(job, clock.now());
    await clock.pass(299_000);
    expect(runs).toBe(1);
    await clock.pass(2000);
    expect(await here.queue.waiting(LANE)).toBe(0);
    await clock.pass(60_000);
    expect(runs).toBe(1);
  });

  it("takes a dead worker's job over when its lease is over, and not before", async () => {
    const { clock, incarnate } = aBackbone();
    const first = incarnate();
    await first.ports.queue.work(LANE, () => new Promise(() => {}), { concurrency: 1 });
    await first.ports.queue.put(job, clock.now());
    await clock.pass(5000);
    first.abandon();
    let ranAt = -1;
    await incarnate().ports.queue.work(LANE, async () => void (ranAt = clock.elapsed()), { concurrency: 1 });
    await clock.pass(60_000);
    expect(ranAt).toBe(30_000);
  });

  it("lets a worker that lost its lease change nothing any more", async () => {
    const { clock, incarnate } = aBackbone();
    const paused = incarnate({ clock: { ...clock, after: () => () => {} } });
    const awake = incarnate();
    const runFor = (ms: number) => () =>
      new Promise<void>((resolve) => {
        clock.after(ms, resolve);
      });
    await paused.ports.queue.work(LANE, runFor(40_000), { concurrency: 1 });
    await paused.ports.queue.put(job, clock.now());
    await awake.ports.queue.work(LANE, runFor(20_000), { concurrency: 1 });
    await clock.pass(45_000);
    expect(await awake.ports.queue.waiting(LANE)).toBe(1);
    await clock.pass(10_000);
    expect(await awake.ports.queue.waiting(LANE)).toBe(0);
  });

  it("says each time that a job failed, and when it comes again", async () => {
    const { clock, incarnate } = aBackbone();
    const signals: BackboneSignal[] = [];
    const { ports } = incarnate({ observe: (signal) => signals.push(signal) });
    await ports.queue.work(LANE, () => Promise.reject(new Error("429")), { concurrency: 1 });
    await ports.queue.put(job, clock.now());
    await clock.pass(600_000);
    expect(signals.length).toBeGreaterThan(100);
    expect(describeSignal(signals[0] ?? { kind: "lease-lost", lane: "", id: "" })).toMatch(
      /^job RevokeGrant~g0+1~\d+ failed, try 1, again in \d+ ms: 429$/,
    );
  });

  it("leaves no alarm behind when it is closed", async () => {
    const { clock, incarnate } = aBackbone();
    const { ports, close } = incarnate();
    await ports.queue.work(LANE, async () => {}, { concurrency: 1 });
    await ports.queue.put(job, plusMs(clock.now(), 1000));
    await clock.runUntilIdle();
    expect(clock.armed()).toBe(1);
    await close();
    expect(clock.armed()).toBe(0);
  });
});

describe("the bus on one file", () => {
  it("says loudly that it holds a partition, and what it gave up", async () => {
    const { clock, incarnate } = aBackbone();
    const signals: BackboneSignal[] = [];
    const { ports } = incarnate({ observe: (signal) => signals.push(signal) });
    await ports.bus.subscribe("one", ["sallyport.posture"], async () => {
      throw clock.elapsed() < 1000
        ? new SallyportError({ code: "backbone.lease-held", detail: "busy" })
        : new TypeError("a bug");
    });
    await ports.bus.publish([gone()]);
    await clock.pass(60_000);
    expect(signals.filter(({ kind }) => kind === "held").length).toBeGreaterThan(4);
    expect(signals.at(-1)).toMatchObject({ kind: "dead-letter", group: "one", reason: "a bug" });
    expect(clock.armed()).toBe(0);
  });

  it("misses no message, at whatever moment of the reading before it is published", async () => {
    const { clock, incarnate } = aBackbone();
    const { bus } = incarnate().ports;
    let seen = 0;
    await bus.subscribe("one", ["sallyport.posture"], async () => void seen++);
    for (let turns = 0; turns < 60; turns++) {
      await clock.runUntilIdle();
      await bus.publish([gone()]);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await bus.publish([gone()]);
      await clock.runUntilIdle();
      expect(seen).toBe(2 * (turns + 1));
    }
  });

  it("lets another member take over when one dies in the middle", async () => {
    const { clock, incarnate } = aBackbone();
    const [first, second] = [incarnate(), incarnate()];
    let begun = 0;
    const hang = () => {
      begun++;
      return new Promise<void>(() => {});
    };
    await first.ports.bus.subscribe("one", ["sallyport.posture"], hang);
    let seen = 0;
    await second.ports.bus.publish([gone()]);
    await clock.runUntilIdle();
    await second.ports.bus.subscribe("one", ["sallyport.posture"], async () => void seen++);
    await clock.runUntilIdle();
    expect([begun, seen]).toEqual([1, 0]);
    first.abandon();
    await clock.runUntilIdle();
    expect([begun, seen]).toEqual([1, 1]);
  });

  it("drops old messages: all of a topic that deletes, and what a later one replaced of a topic that compacts", async () => {
    const { clock, store } = aBackbone();
    const DAY = 86_400_000;
    const { bus } = createEmbeddedPorts({ store, clock, retentionMs: 2 * DAY }).ports;
    await bus.publish([gone(1), gone(1), gone(2), requested(1)]);
    await clock.pass(DAY);
    await bus.publish([requested(2)]);
    await clock.pass(1.5 * DAY);
    await bus.publish([requested(3)]);
    const kept = async (topic: "sallyport.posture" | "sallyport.access") => {
      const subjects: string[] = [];
      for await (const event of bus.replay(topic))
        subjects.push("grantId" in event.data ? event.data.grantId : event.subject);
      return subjects;
    };
    expect(await kept("sallyport.posture")).toEqual([aVm("azure", 1), aVm("azure", 2)]);
    expect(await kept("sallyport.access")).toEqual([aGrantId(2), aGrantId(3)]);
  });
});

describe("the records on one file", () => {
  it("remove what has expired when something is written", async () => {
    const { clock, store, incarnate } = aBackbone();
    const { records } = incarnate().ports;
    const { short, long } = { short: table(60), long: table(undefined) };
    for (let n = 0; n < 10; n++) await records.put(short, `${n}`, n, 0);
    await clock.pass(61_000);
    await records.put(long, "x", 1, 0);
    expect(numberIn(store.read.first("SELECT count(*) AS n FROM entries") ?? {}, "n")).toBe(1);
    expect(numberIn(store.read.first("SELECT count(*) AS n FROM entry_index") ?? {}, "n")).toBe(1);
  });
});

describe("a set of ports", () => {
  it("closes a store that it opened, and leaves one that it was given", async () => {
    const { clock } = aBackbone();
    const store = openEmbedded({ file: ":memory:" });
    await createEmbeddedPorts({ store, clock }).close();
    await createEmbeddedPorts({ store, clock }).ports.bus.publish([gone()]);
    const own = createEmbeddedPorts({ file: ":memory:", clock });
    await own.close();
    await expect(own.ports.bus.publish([gone()])).rejects.toThrow("closed");
  });
});

function table(keepFor: number | undefined) {
  return {
    name: `test.${keepFor}`,
    schema: z.number(),
    indexes: { all: () => "x" },
    expiresAfter: () => (keepFor === undefined ? undefined : seconds(keepFor)),
  };
}
