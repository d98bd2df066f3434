import { lane, plusMs } from "@sallyport/contracts";
import { portsThrough } from "@sallyport/backbone";
import { aBackbone } from "./a-backbone.ts";
import { aGrantId, aVm } from "./builders.ts";
import { createFaults, drawFaults, scriptFaults } from "./faults.ts";
import { crashAtEvery, createMortal, describeCall } from "./mortal.ts";
import { createRandom } from "./seeded-random.ts";

const LANE = lane("RevokeGrant", "aws");
const job = { name: "RevokeGrant", data: { cloud: "aws", vm: aVm("aws"), grantId: aGrantId() } } as const;

describe("a process that dies", () => {
  it("hears nothing more: no call settles, no handler runs, no timer comes", async () => {
    const { clock, incarnate } = aBackbone();
    const first = incarnate();
    const mortal = createMortal({ clock, onDeath: first.abandon });
    const { queue } = portsThrough(first.ports, mortal.gate);
    const heard: string[] = [];
    const say = (what: string) => () => void heard.push(what);
    await queue.work(LANE, async () => say("job")(), { concurrency: 1 });
    mortal.clock.after(10, say("timer"));
    mortal.die();
    queue.put(job, clock.now()).then(say("put"), say("put failed")).finally(say("finally"));
    await clock.pass(60_000);
    expect(heard).toEqual([]);
    expect(await incarnate().ports.queue.waiting(LANE)).toBe(0);
  });

  it("dies at the passage it was told, before the call or after it", async () => {
    const { runs, total } = await crashAtEvery(async (dieAt) => {
      const { clock, incarnate } = aBackbone();
      const first = incarnate();
      const mortal = createMortal({ clock, dieAt, onDeath: first.abandon });
      const { queue } = portsThrough(first.ports, mortal.gate);
      void (async () => {
        await queue.put(job, plusMs(clock.now(), 1));
        await queue.put(job, plusMs(clock.now(), 2));
      })();
      await clock.runUntilIdle();
      return { diedAt: mortal.diedAt(), ending: await incarnate().ports.queue.waiting(LANE) };
    });
    expect(total).toBe(4);
    expect(runs.map(({ ending }) => ending)).toEqual([0, 1, 1, 2, 2]);
    expect(runs.map(({ diedAt }) => diedAt && describeCall(diedAt))).toEqual([
      "before queue.put",
      "after queue.put",
      "before queue.put",
      "after queue.put",
      undefined,
    ]);
  });
});

describe("a process that dies while a call of it is delayed", () => {
  it("does not make that call any more", async () => {
    const { clock, incarnate } = aBackbone();
    const first = incarnate();
    const { gate } = createFaults({ decide: () => "delay", clock });
    // Without `onDeath`: the ports below would still take it.
    const mortal = createMortal({ clock, faults: gate });
    void portsThrough(first.ports, mortal.gate).queue.put(job, plusMs(clock.now(), 60_000));
    await clock.pass(500);
    mortal.die();
    await clock.pass(5000);
    expect(await first.ports.queue.waiting(LANE)).toBe(0);
  });
});

describe("faults", () => {
  it("strike the calls that a script names", async () => {
    const { clock, incarnate } = aBackbone();
    const { gate, story } = createFaults({
      decide: scriptFaults([
        { kind: "refuse", on: "queue.put", nth: 1 },
        { kind: "lose-reply", on: "queue.put", nth: 2 },
        { kind: "lose", on: "queue.put", nth: 3 },
        { kind: "repeat", on: "queue.put", nth: 4 },
        { kind: "delay", on: "queue.put", nth: 5 },
      ]),
      clock,
    });
    const { queue } = portsThrough(incarnate().ports, gate);
    const put = (n: number) => queue.put(job, plusMs(clock.now(), n));
    await expect(put(10)).rejects.toMatchObject({ code: "backbone.unavailable", retryable: true });
    expect(await queue.waiting(LANE)).toBe(0);
    await expect(put(20)).rejects.toThrow("the reply was lost");
    expect(await queue.waiting(LANE)).toBe(1);
    await put(30);
    expect(await queue.waiting(LANE)).toBe(1);
    await put(40);
    expect(await queue.waiting(LANE)).toBe(2);
    let arrived = false;
    const late = put(50).then(() => {
      arrived = true;
    });
    await clock.pass(999);
    expect(arrived).toBe(false);
    await clock.pass(1);
    await late;
    expect(story.map((line) => line.split(" ").slice(1).join(" "))).toEqual([
      "refuse before queue.put #1",
      "lose-reply before queue.put #2",
      "lose before queue.put #3",
      "repeat before queue.put #4",
      "delay before queue.put #5",
    ]);
  });

  it("are the same for the same seed, and as frequent as they were asked for", () => {
    const draw = (seed: number) => {
      const decide = drawFaults(createRandom(seed), [{ kind: "refuse", on: ["bus.publish"], chance: 0.25 }]);
      return Array.from({ length: 1000 }, (_, n) =>
        decide({ port: "bus", fn: "publish", phase: "before", args: [] }, n),
      );
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    const struck = draw(7).filter((kind) => kind !== undefined).length;
    expect(struck).toBeGreaterThan(200);
    expect(struck).toBeLessThan(300);
  });
});
