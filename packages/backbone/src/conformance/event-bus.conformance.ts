import { SallyportError } from "@sallyport/contracts";
import type { SallyportEvent, Topic } from "@sallyport/contracts";
import type { DeadLetter, EventBus } from "../event-bus.ts";
import { createLatch, eventually, settled } from "./durable.ts";
import type { Durable } from "./durable.ts";
import { numberOf, sampleEvent, sampleVm } from "./samples.ts";

/** The bus as the suite needs it: also a message that another program, or another version, has written. */
export interface DurableEventBus extends Durable<EventBus> {
  readonly inject: (topic: Topic, key: string, bytes: string) => Promise<void>;
}

const TOPIC: Topic = "sallyport.posture";
const away = () => new SallyportError({ code: "backbone.unavailable", detail: "away for a while" });

/** All guarantees of the EventBus port; every adapter passes all of them. */
export function describeEventBus(adapter: string, create: () => Promise<DurableEventBus>): void {
  describe(`${adapter} as an EventBus`, () => {
    let durable: DurableEventBus;
    beforeEach(async () => {
      durable = await create();
    });
    afterEach(() => durable.destroy());

    const all = async <Item>(items: AsyncIterable<Item>) => {
      const seen: Item[] = [];
      for await (const item of items) seen.push(item);
      return seen;
    };
    const collect = (seen: SallyportEvent[]) => async (event: SallyportEvent) => {
      seen.push(event);
    };
    const ids = (events: readonly SallyportEvent[]) => events.map(({ id }) => id);
    const have = (seen: readonly SallyportEvent[], wanted: readonly SallyportEvent[]) => {
      const got = new Set(ids(seen));
      return wanted.every(({ id }) => got.has(id));
    };

    it("gives every group every event, whole", async () => {
      const bus = await durable.open();
      const [one, two]: [SallyportEvent[], SallyportEvent[]] = [[], []];
      await bus.subscribe("one", [TOPIC], collect(one));
      await bus.subscribe("two", [TOPIC], collect(two));
      const events = [1, 2, 3].map((vm) => sampleEvent(vm, 0));
      await bus.publish(events);
      await eventually(durable, "both groups had all", () => have(one, events) && have(two, events));
      expect(one.find(({ id }) => id === events[0]?.id)).toEqual(events[0]);
    });

    it("passes over, unread, what a group is not concerned with, and goes on behind it", async () => {
      const bus = await durable.open();
      const events = [1, 2, 3, 1].map((vm, n) => sampleEvent(vm, n));
      const unwanted = events[1]?.subject ?? "";
      await durable.inject(TOPIC, unwanted, "not even JSON");
      await bus.publish(events);
      const seen: SallyportEvent[] = [];
      const running = await bus.subscribe("concerned", [TOPIC], collect(seen), {
        concerns: (subject) => subject !== unwanted,
      });
      const wanted = events.filter(({ subject }) => subject !== unwanted);
      await eventually(durable, "it had what concerns it", () => have(seen, wanted));
      await running.close();
      expect(ids(seen).toSorted()).toEqual(ids(wanted).toSorted());
      const letters = [];
      for await (const letter of bus.deadLetters()) letters.push(letter);
      expect(letters).toEqual([]);
    });

    it("brings what a group names by type, and to who is patient everything, in order, and closes while it waits", async () => {
      const bus = await durable.open();
      const events = Array.from({ length: 20 }, (_, n) => sampleEvent(1, n));
      const [named, patient]: [SallyportEvent[], SallyportEvent[]] = [[], []];
      const types = new Set(events.map(({ type }) => type));
      await bus.subscribe("by-type", [TOPIC], collect(named), { types });
      const running = await bus.subscribe("patient", [TOPIC], collect(patient), { patienceMs: 200 });
      for (const event of events) await bus.publish([event]);
      await eventually(durable, "both had all", () => have(named, events) && have(patient, events));
      await running.close();
      expect([...new Set(ids(patient))]).toEqual(ids(events));
    });

    it("gives each event of a group to one of its members", async () => {
      const [first, second] = [await durable.open(), await durable.open()];
      const seen: SallyportEvent[] = [];
      await first.subscribe("shared", [TOPIC], collect(seen));
      await second.subscribe("shared", [TOPIC], collect(seen));
      const warmUp = [sampleEvent(99, 0)];
      await first.publish(warmUp);
      await eventually(durable, "the group works", () => have(seen, warmUp));
      await durable.pass(1000);
      const events = Array.from({ length: 20 }, (_, vm) => sampleEvent(vm, 1));
      await first.publish(events);
      await eventually(durable, "all were handled", () => have(seen, events));
      await durable.pass(300);
      // At least once: a change of members may repeat some, but not all.
      expect(seen.length).toBeLessThan(warmUp.length + 2 * events.length);
    });

    it("begins at the beginning for a new group", async () => {
      const bus = await durable.open();
      const events = [sampleEvent(1, 0), sampleEvent(1, 1)];
      await bus.publish(events);
      const seen: SallyportEvent[] = [];
      await bus.subscribe("late", [TOPIC], collect(seen));
      await eventually(durable, "the past arrived", () => have(seen, events));
    });

    it("keeps the order of one VM's events, however they are published and however long a handler takes", async () => {
      const bus = await durable.open();
      const seen: SallyportEvent[] = [];
      await bus.subscribe("order", [TOPIC], async (event) => {
        for (let turns = numberOf(event).n % 3; turns > 0; turns--) await Promise.resolve();
        seen.push(event);
      });
      const events = Array.from({ length: 20 }, (_, n) => [1, 2, 3].map((vm) => sampleEvent(vm, n)));
      await Promise.all(events.slice(0, 10).map((several) => bus.publish(several)));
      for (const several of events.slice(10)) await bus.publish(several);
      await eventually(durable, "all arrived", () => have(seen, events.flat()));
      for (const vm of ["vm 1", "vm 2", "vm 3"]) {
        const numbers = [
          ...new Set(
            seen
              .map(numberOf)
              .filter((one) => one.vm === vm)
              .map(({ n }) => n),
          ),
        ];
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }
    });

    it("keeps everything that many publish at once", async () => {
      const bus = await durable.open();
      const events = Array.from({ length: 200 }, (_, n) => sampleEvent(n % 7, n));
      await Promise.all(events.map((event) => bus.publish([event])));
      expect(ids(await all(bus.replay(TOPIC))).toSorted()).toEqual(ids(events).toSorted());
    });

    it("holds the partition for as long as a retryable fault lasts, in order, while others go on", async () => {
      const bus = await durable.open();
      const seen: SallyportEvent[] = [];
      let isAway = true;
      let tries = 0;
      await bus.subscribe("held", [TOPIC], async (event) => {
        if (isAway && numberOf(event).vm === "vm 1") {
          tries++;
          throw away();
        }
        seen.push(event);
      });
      const held = [0, 1, 2].map((n) => sampleEvent(1, n));
      const others = Array.from({ length: 24 }, (_, i) => sampleEvent(2 + i, 0));
      await bus.publish([...held, ...others]);
      // More often than a bug is tried: nothing was given up.
      await eventually(durable, "it was tried six times", () => tries >= 6);
      expect(seen.length).toBeGreaterThan(0);
      expect(have(seen, held.slice(0, 1))).toBe(false);
      isAway = false;
      await eventually(durable, "all arrived", () => have(seen, [...held, ...others]));
      expect(seen.filter((event) => numberOf(event).vm === "vm 1").map((event) => numberOf(event).n)).toEqual([
        0, 1, 2,
      ]);
      expect(await all(bus.deadLetters())).toEqual([]);
    });

    it("commits nothing of a held partition: after a crash the event comes again", async () => {
      const before = await durable.open();
      let tries = 0;
      await before.subscribe("held", [TOPIC], async () => {
        tries++;
        throw away();
      });
      await before.publish([sampleEvent(1, 0)]);
      await eventually(durable, "it was tried", () => tries > 0);
      await durable.crash();
      const after = await durable.open();
      const seen: SallyportEvent[] = [];
      await after.subscribe("held", [TOPIC], collect(seen));
      await eventually(durable, "it came again", () => have(seen, [sampleEvent(1, 0)]));
    });

    it("gives up a bug after five tries, with its bytes and the reason, and goes on", async () => {
      const bus = await durable.open();
      const seen: SallyportEvent[] = [];
      let tries = 0;
      await bus.subscribe("buggy", [TOPIC], async (event) => {
        if (numberOf(event).n !== 0) return void seen.push(event);
        tries++;
        throw new TypeError("cannot read properties of undefined");
      });
      const [bad, good] = [sampleEvent(1, 0), sampleEvent(1, 1)];
      await bus.publish([bad, good]);
      await eventually(durable, "the next one was handled", () => have(seen, [good]));
      expect(tries).toBe(5);
      expect(await all(bus.deadLetters())).toEqual<DeadLetter[]>([
        {
          bytes: JSON.stringify(bad),
          topic: TOPIC,
          key: sampleVm(1),
          group: "buggy",
          reason: expect.stringContaining("cannot read properties") as string,
        },
      ]);
    });

    it.each([
      ["cannot be read", '{"specversion":"1.0","id":', "event.unreadable"],
      [
        "is of an unknown version",
        JSON.stringify({ ...sampleEvent(1, 0), type: "sallyport.posture.gone.v9" }),
        "event.unknown-type",
      ],
    ])("puts aside at once what %s, and goes on", async (_, bytes, code) => {
      const bus = await durable.open();
      await durable.inject(TOPIC, sampleVm(1), bytes);
      await bus.publish([sampleEvent(1, 1)]);
      const seen: SallyportEvent[] = [];
      await bus.subscribe("reader", [TOPIC], collect(seen));
      await eventually(durable, "the next one was handled", () => have(seen, [sampleEvent(1, 1)]));
      expect(seen).toHaveLength(1);
      const [letter] = await all(bus.deadLetters());
      expect(letter).toMatchObject({ bytes, topic: TOPIC, key: sampleVm(1), group: "reader" });
      expect(letter?.reason).toContain(code);
      expect(ids(await all(bus.replay(TOPIC)))).toEqual([sampleEvent(1, 1).id]);
    });

    it("resumes after a crash: loses nothing that was acknowledged, and repeats nothing that was committed long before", async () => {
      const before = await durable.open();
      const early: SallyportEvent[] = [];
      const running = await before.subscribe("resumes", [TOPIC], collect(early));
      await before.publish([sampleEvent(1, 0), sampleEvent(2, 0)]);
      await eventually(durable, "the first were handled", () => early.length === 2);
      await running.close();
      await before.publish([sampleEvent(1, 1), sampleEvent(2, 1)]);
      await durable.crash();
      const after = await durable.open();
      const late: SallyportEvent[] = [];
      await after.subscribe("resumes", [TOPIC], collect(late));
      await eventually(durable, "the rest arrived", () => late.length >= 2);
      await durable.pass(300);
      expect(ids(late).toSorted()).toEqual(ids([sampleEvent(1, 1), sampleEvent(2, 1)]).toSorted());
    });

    it("hands an event again whose handler a crash cut short, also when that one comes to its end", async () => {
      const before = await durable.open();
      const latch = createLatch();
      let begun = false;
      await before.subscribe("cut", [TOPIC], () => {
        begun = true;
        return latch.opened;
      });
      await before.publish([sampleEvent(1, 0)]);
      await eventually(durable, "the handler began", () => begun);
      await durable.crash();
      latch.open();
      await durable.pass(200);
      const after = await durable.open();
      const seen: SallyportEvent[] = [];
      await after.subscribe("cut", [TOPIC], collect(seen));
      await eventually(durable, "it came again", () => have(seen, [sampleEvent(1, 0)]));
    });

    it("replays a topic from its beginning to what was its end at the call", async () => {
      const bus = await durable.open();
      const past = Array.from({ length: 30 }, (_, n) => sampleEvent(n % 3, n));
      await bus.publish(past);
      const replay = bus.replay(TOPIC);
      const seen: SallyportEvent[] = [];
      for await (const event of replay) {
        if (seen.length === 0) await bus.publish([sampleEvent(1, 1000)]);
        seen.push(event);
      }
      expect(ids(seen).toSorted()).toEqual(ids(past).toSorted());
      for (const vm of ["vm 0", "vm 1", "vm 2"]) {
        const numbers = seen
          .map(numberOf)
          .filter((one) => one.vm === vm)
          .map(({ n }) => n);
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }
      expect(await all(bus.replay("sallyport.policy"))).toEqual([]);
    });

    it("waits in close for the handlers that run, commits them, and starts nothing new", async () => {
      const bus = await durable.open();
      const latch = createLatch();
      const seen: SallyportEvent[] = [];
      const running = await bus.subscribe("closing", [TOPIC], async (event) => {
        seen.push(event);
        await latch.opened;
      });
      await bus.publish([sampleEvent(1, 0), sampleEvent(1, 1)]);
      await eventually(durable, "the handler began", () => seen.length === 1);
      let closed = false;
      const closing = running.close().then(() => {
        closed = true;
      });
      await durable.pass(200);
      expect(closed).toBe(false);
      latch.open();
      await settled(durable, closing);
      expect(seen).toHaveLength(1);
      const rest: SallyportEvent[] = [];
      await bus.subscribe("closing", [TOPIC], collect(rest));
      await eventually(durable, "the rest came to the next member", () => rest.length > 0);
      expect(ids(rest)).toEqual([sampleEvent(1, 1).id]);
    });

    it("closes in the middle of a retryable fault, without committing it", async () => {
      const bus = await durable.open();
      let tries = 0;
      const running = await bus.subscribe("closing", [TOPIC], async () => {
        tries++;
        throw away();
      });
      await bus.publish([sampleEvent(1, 0)]);
      await eventually(durable, "it was tried", () => tries > 0);
      await settled(durable, running.close());
      const seen: SallyportEvent[] = [];
      await bus.subscribe("closing", [TOPIC], collect(seen));
      await eventually(durable, "it came again", () => have(seen, [sampleEvent(1, 0)]));
    });

    it("refuses an event outside the catalogue, or one that no reader could read, with all that came with it", async () => {
      const bus = await durable.open();
      const unknown = JSON.parse(
        JSON.stringify(sampleEvent(1, 0)).replace("posture.gone.v1", "posture.vanished.v1"),
      ) as SallyportEvent;
      await expect(bus.publish([sampleEvent(2, 0), unknown])).rejects.toMatchObject({ code: "event.unknown-type" });
      const malformed = { ...sampleEvent(1, 0), data: {} } as unknown as SallyportEvent;
      await expect(bus.publish([malformed])).rejects.toMatchObject({ code: "event.unreadable" });
      expect(await all(bus.replay(TOPIC))).toEqual([]);
    });
  });
}
