import { createHash } from "node:crypto";
import { EventId, lane, plusMs, seconds } from "@sallyport/contracts";
import type { Instant } from "@sallyport/contracts";
import {
  aBackbone,
  aGrantId,
  aVm,
  anAccess,
  crashAtEvery,
  createFaults,
  createMortal,
  describeCall,
  scriptFaults,
} from "@sallyport/testkit";
import type { CrashRun, ScriptedFault, TestBackbone } from "@sallyport/testkit";
import { z } from "zod";
import { createLedger } from "./create-ledger.ts";
import { nothingOwed } from "./ledger.ts";
import type { DeriveEventId, Ledger, Promises } from "./ledger.ts";
import { owingTable } from "./owing-table.ts";
import type { Ports } from "./ports.ts";
import { defineTable } from "./records.ts";
import { portsThrough } from "./through.ts";

const Door = z.object({ state: z.enum(["wanted", "open", "closed"]), until: z.string() });
type Door = z.infer<typeof Door>;
const doors = defineTable<Door>({
  name: "suite.doors",
  schema: Door,
  indexes: { state: ({ state }) => state },
  expiresAfter: ({ state }) => (state === "closed" ? seconds(60) : undefined),
});
const stored = owingTable(doors);

const deriveEventId: DeriveEventId = (cause, step) => {
  const hex = createHash("sha256").update(`${cause} ${step}`).digest("hex");
  return EventId.parse(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
  );
};

const vm = aVm("aws");
const grantId = aGrantId();
const OPENS_FOR_MS = 60_000;

const ledgerOver = ({ records, queue, bus }: Ports) =>
  createLedger({ table: doors, records, queue, bus, deriveEventId, source: "/sallyport/test" });

const revoke = (due: Instant) => ({ job: { name: "RevokeGrant", data: { cloud: "aws", vm, grantId } }, due }) as const;
const open = (due: Instant) => ({ job: { name: "OpenGrant", data: { cloud: "aws", vm, grantId } }, due }) as const;
const fact = (step: "opened" | "closed", time: Instant) => ({
  fact:
    step === "opened"
      ? ({ type: "sallyport.access.requested.v1", data: { access: anAccess({ vm, grantId }) } } as const)
      : ({ type: "sallyport.posture.gone.v1", data: { vm, at: time } } as const),
  step,
  causationId: "cause",
  correlationId: "story",
  time,
});

const all = async <Item>(items: AsyncIterable<Item>) => {
  const seen: Item[] = [];
  for await (const item of items) seen.push(item);
  return seen;
};

describe("the ledger", () => {
  it("keeps what a step promises, jobs in their order and then facts, and owes nothing afterwards", async () => {
    const { incarnate, clock } = aBackbone();
    const { ports } = incarnate();
    const order: string[] = [];
    const seen = portsThrough(ports, ({ port, fn, phase, args }) => {
      const [first] = args;
      const job = typeof first === "object" && first !== null && "name" in first ? ` ${String(first.name)}` : "";
      if (phase === "before") order.push(`${port}.${fn}${port === "queue" ? job : ""}`);
    });
    const ledger = ledgerOver(seen);
    const due = plusMs(clock.now(), 5000);
    const next: Door = { state: "wanted", until: due };
    const promises: Promises = { jobs: [revoke(due), open(due)], facts: [fact("opened", clock.now())] };
    expect(await ledger.commit(await ledger.load("a"), next, promises)).toEqual({
      kind: "done",
      entry: { id: "a", value: next, version: 2 },
    });
    expect(order).toEqual([
      "records.get",
      "records.put",
      "queue.put RevokeGrant",
      "queue.put OpenGrant",
      "bus.publish",
      "records.put",
    ]);
    expect(await ledger.owing(10)).toEqual([]);
    const [published] = await all(ports.bus.replay("sallyport.access"));
    expect(published).toMatchObject({
      id: deriveEventId("cause", "opened"),
      source: "/sallyport/test",
      correlationid: "story",
      causationid: "cause",
      subject: vm,
    });
  });

  it("writes once when nothing is promised", async () => {
    const { incarnate } = aBackbone();
    const ledger = ledgerOver(incarnate().ports);
    const done = await ledger.commit(await ledger.load("a"), { state: "closed", until: "" }, nothingOwed);
    expect(done).toMatchObject({ entry: { version: 1 } });
  });

  it("refuses a commit on what somebody else has changed, and keeps none of its promises", async () => {
    const { incarnate, clock } = aBackbone();
    const { ports } = incarnate();
    const ledger = ledgerOver(ports);
    const empty = await ledger.load("a");
    await ledger.commit(empty, { state: "wanted", until: "" }, nothingOwed);
    const late = await ledger.commit(empty, { state: "open", until: "" }, { jobs: [open(clock.now())], facts: [] });
    expect(late).toEqual({ kind: "stale" });
    expect(await ports.queue.waiting(lane("OpenGrant", "aws"))).toBe(0);
    expect((await ledger.load("a")).value?.state).toBe("wanted");
  });

  const leftOwing = async ({ incarnate, clock }: TestBackbone, ids: readonly string[]) => {
    const { ports } = incarnate();
    const script: ScriptedFault[] = [{ kind: "refuse", on: "queue.put", nth: 1 }];
    for (const [i, id] of ids.entries()) {
      const { gate } = createFaults({ decide: scriptFaults(script), clock });
      const ledger = ledgerOver(portsThrough(ports, gate));
      const due = plusMs(clock.now(), 60_000 - i * 1000);
      const step = ledger.commit(
        await ledger.load(id),
        { state: "wanted", until: due },
        { jobs: [revoke(due)], facts: [] },
      );
      await expect(step).rejects.toMatchObject({ code: "backbone.unavailable" });
    }
    return ports;
  };

  it("finds what is still owed, oldest first, and keeps it when the row is loaded", async () => {
    const backbone = aBackbone();
    const ports = await leftOwing(backbone, ["a", "b", "c"]);
    const ledger = ledgerOver(ports);
    expect(await ledger.owing(2)).toEqual(["c", "b"]);
    for (const id of ["a", "b", "c"]) await ledger.load(id);
    expect(await ledger.owing(10)).toEqual([]);
    expect(await ports.queue.waiting(lane("RevokeGrant", "aws"))).toBe(3);
  });

  it("keeps what is owed by rows that are found by an index, too, so that a commit on them loses nothing", async () => {
    const backbone = aBackbone();
    const ports = await leftOwing(backbone, ["a"]);
    const ledger = ledgerOver(ports);
    const [found] = await ledger.find("state", "wanted", "wanted");
    if (found === undefined) throw new Error("not found");
    expect(await ports.queue.waiting(lane("RevokeGrant", "aws"))).toBe(1);
    expect(await ledger.commit(found, { state: "closed", until: "" }, nothingOwed)).toMatchObject({ kind: "done" });
  });

  it("does not forget a row that still owes, however short it was to be kept", async () => {
    const backbone = aBackbone();
    const { ports } = backbone.incarnate();
    const { gate } = createFaults({
      decide: scriptFaults([{ kind: "refuse", on: "queue.put", nth: 1 }]),
      clock: backbone.clock,
    });
    const ledger = ledgerOver(portsThrough(ports, gate));
    const step = ledger.commit(
      await ledger.load("a"),
      { state: "closed", until: "" },
      { jobs: [revoke(backbone.clock.now())], facts: [] },
    );
    await expect(step).rejects.toMatchObject({ code: "backbone.unavailable" });
    await backbone.clock.pass(120_000);
    expect((await ledger.load("a")).value?.state).toBe("closed");
    await backbone.clock.pass(61_000);
    expect(await ledger.load("a")).toEqual({ id: "a", value: undefined, version: 0 });
  });

  it("refuses a table that has an index of the ledger's name", () => {
    expect(() => owingTable({ ...doors, indexes: { owing: () => "x" } })).toThrow("owing");
  });

  // A toy of one grant and one worker (house.md §5): a message asks for the door, a job opens it, another closes it.
  describe("crashed at every call of a port", () => {
    const kept = defineTable<Door>({ ...doors, expiresAfter: () => undefined });
    const told = (run: CrashRun<readonly string[]>) =>
      `${run.dieAt} ${run.diedAt === undefined ? "" : describeCall(run.diedAt)}: ${run.ending.join(", ")}`;
    const story = (heals: boolean) => async (dieAt: number) => {
      const backbone = aBackbone();
      const { clock } = backbone;
      const world = { open: false, openedWithoutTimer: false };

      const start = async (ports: Ports) => {
        const ledger = createLedger({ table: kept, ...ports, deriveEventId, source: "/sallyport/test" });
        const load: Ledger<Door>["load"] = heals
          ? ledger.load
          : async (id) => {
              const row = await ports.records.get(stored, id);
              return { id, value: row?.value.value, version: row?.version ?? 0 };
            };
        const change = async (
          step: (door: Door | undefined) => readonly [Door, Promises] | undefined,
        ): Promise<void> => {
          const entry = await load("door");
          const next = step(entry.value);
          if (next !== undefined && (await ledger.commit(entry, ...next)).kind === "stale") await change(step);
        };
        await ports.queue.work(
          lane("OpenGrant", "aws"),
          async () => {
            const { value } = await load("door");
            if (value?.state !== "wanted") return;
            if ((await ports.queue.waiting(lane("RevokeGrant", "aws"))) === 0) world.openedWithoutTimer = true;
            world.open = true;
            await change((door) =>
              door?.state === "wanted"
                ? [
                    { ...door, state: "open" },
                    { jobs: [], facts: [fact("opened", clock.now())] },
                  ]
                : undefined,
            );
          },
          { concurrency: 2 },
        );
        await ports.queue.work(
          lane("RevokeGrant", "aws"),
          async () => {
            world.open = false;
            await change((door) =>
              door === undefined || door.state === "closed"
                ? undefined
                : [
                    { ...door, state: "closed" },
                    { jobs: [], facts: [fact("closed", clock.now())] },
                  ],
            );
          },
          { concurrency: 2 },
        );
        await ports.bus.subscribe("toy", ["sallyport.posture"], async ({ time }) => {
          await change((door) => {
            const until = plusMs(time, OPENS_FOR_MS);
            return door === undefined
              ? [
                  { state: "wanted", until },
                  { jobs: [revoke(until), open(time)], facts: [] },
                ]
              : undefined;
          });
        });
      };

      const first = backbone.incarnate();
      const mortal = createMortal({ clock, dieAt, onDeath: first.abandon });
      const asked = { ...fact("closed", clock.now()), step: "asked" };
      await createLedger({
        table: { ...doors, name: "suite.askers" },
        ...backbone.incarnate().ports,
        deriveEventId,
        source: "/sallyport/test",
      }).commit(
        { id: "x", value: undefined, version: 0 },
        { state: "wanted", until: "" },
        { jobs: [], facts: [asked] },
      );
      void start(portsThrough(first.ports, mortal.gate));
      for (let next = false; clock.elapsed() < 3 * OPENS_FOR_MS; await clock.pass(5000))
        if (mortal.isDead() && !next) {
          next = true;
          await start(backbone.incarnate().ports);
        }

      const { ports } = backbone.incarnate();
      const door = (await ports.records.get(stored, "door"))?.value;
      const facts = [
        ...(await all(ports.bus.replay("sallyport.access"))),
        ...(await all(ports.bus.replay("sallyport.posture"))),
      ];
      const count = (step: string) => new Set(facts.filter(({ id }) => id === deriveEventId("cause", step))).size;
      const problems = [
        ...(world.open ? ["the door stands open"] : []),
        ...(world.openedWithoutTimer ? ["it was opened before its closing was scheduled"] : []),
        ...(door?.value.state === "closed" ? [] : [`the row says ${door?.value.state}`]),
        ...(count("opened") > 0 ? [] : ["nobody heard of the opening"]),
        ...(count("closed") > 0 ? [] : ["nobody heard of the closing"]),
      ];
      return { diedAt: mortal.diedAt(), ending: problems };
    };

    it("ends with the door closed, and every fact published", async () => {
      const { total, runs } = await crashAtEvery(story(true));
      expect(total).toBeGreaterThan(40);
      expect(runs.filter(({ ending }) => ending.length > 0).map(told)).toEqual([]);
    });

    it("would not without healing in load: so the story can fail", async () => {
      const { runs } = await crashAtEvery(story(false));
      expect(runs.filter(({ ending }) => ending.length > 0).length).toBeGreaterThan(0);
      expect(runs.at(-1)?.ending).toEqual([]);
    });
  });
});
