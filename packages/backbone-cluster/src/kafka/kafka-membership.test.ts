import { join } from "node:path";
import { createSystemClock, wait } from "@sallyport/backbone";
import type { BackboneSignal } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import type { SallyportEvent, Topic } from "@sallyport/contracts";
import { startKafka, startProcess } from "@sallyport/launcher";
import type { RunningKafka } from "@sallyport/launcher";
import { aVm, anEvent, anEventId } from "@sallyport/testkit";
import { createKafkaEventBus } from "./kafka-event-bus.ts";
import type { KafkaEventBus } from "./kafka-event-bus.ts";

const TOPIC: Topic = "sallyport.posture";
const clock = createSystemClock();
const source = join(import.meta.dirname, "../index.ts");

/** The `n`-th event, about one of 24 VMs. */
const eventOf = (n: number) =>
  anEvent(
    { type: "sallyport.posture.gone.v1", data: { vm: aVm("aws", n % 24), at: clock.now() } },
    { id: anEventId(n) },
  );

async function eventually(what: string, holds: () => boolean | Promise<boolean>, withinMs: number): Promise<number> {
  const began = clock.elapsed();
  while (!(await holds())) {
    if (clock.elapsed() - began > withinMs) throw new Error(`within ${withinMs} ms it did not happen that ${what}`);
    await wait(clock, 10);
  }
  return clock.elapsed() - began;
}

const real = process.env["KAFKA_BROKERS"] ?? "";
(real === "" ? describe.skip : describe)("members of a group at a broker of their own (KAFKA_BROKERS)", () => {
  let broker: RunningKafka;
  let opened: KafkaEventBus[] = [];
  let signals: BackboneSignal[] = [];
  let installations = 0;
  let prefix = "";

  const open = async () => {
    const bus = await createKafkaEventBus({
      brokers: broker.brokers,
      clientId: "test",
      clock,
      prefix,
      topics: { partitions: 4 },
      sessionTimeoutMs: 2000,
      observe: (signal) => signals.push(signal),
    });
    opened.push(bus);
    return bus;
  };
  beforeAll(async () => {
    broker = await startKafka({ log: () => {} });
  }, 60_000);
  beforeEach(() => {
    prefix = `t${installations++}`;
    signals = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((bus) => bus.abandon()));
    opened = [];
  }, 30_000);
  afterAll(() => broker.stop(), 30_000);

  it("holds a partition at the very first message of a new group, and goes on from it", async () => {
    const bus = await open();
    await bus.publish([eventOf(1)]);
    const seen: SallyportEvent[] = [];
    let tries = 0;
    await bus.subscribe("new", [TOPIC], async (event) => {
      if (++tries < 3) throw new SallyportError({ code: "backbone.unavailable", detail: "away" });
      seen.push(event);
    });
    await eventually("it was handled", () => seen.length === 1, 5000);
    expect(signals.filter(({ kind }) => kind === "held")).toHaveLength(2);
  }, 15_000);

  it("shares its partitions with a member that joins within a second, though nothing happens, and takes them back", async () => {
    const [first, second] = [await open(), await open()];
    const [atFirst, atSecond] = [new Set<string>(), new Set<string>()];
    await first.subscribe("shared", [TOPIC], async ({ subject }) => void atFirst.add(subject));
    await wait(clock, 500);
    const began = clock.elapsed();
    const member = await second.subscribe("shared", [TOPIC], async ({ subject }) => void atSecond.add(subject));
    // With the library's defaults it takes 2–3 s (kafka.md §2.2).
    expect(clock.elapsed() - began).toBeLessThan(1200);
    let n = 0;
    const publishing = () => first.publish(Array.from({ length: 24 }, () => eventOf(n++)));
    await publishing();
    await eventually("the second has its share", () => atSecond.size > 0, 2000);
    await member.close();
    atFirst.clear();
    await publishing();
    await eventually("the first has all", () => atFirst.size === 24, 2000);
  }, 20_000);

  it("keeps its place in the group while one handler takes longer than a session", async () => {
    const bus = await open();
    const began: string[] = [];
    await bus.subscribe("slow", [TOPIC], async ({ id }) => {
      began.push(id);
      if (began.length === 1) await wait(clock, 3500);
    });
    await bus.publish([eventOf(1), eventOf(25)]);
    await eventually("the second was handled", () => began.length >= 2, 10_000);
    await wait(clock, 300);
    expect(began).toEqual([anEventId(1), anEventId(25)]);
    expect(await bus.healthy()).toBe(true);
  }, 20_000);

  it("gives the partitions of a killed process to the others within a session", async () => {
    const bus = await open();
    const script = `
      import { createKafkaEventBus } from ${JSON.stringify(source)};
      import { createSystemClock } from "@sallyport/backbone";
      const bus = await createKafkaEventBus({ brokers: ${JSON.stringify(broker.brokers)}, clientId: "test", clock: createSystemClock(),
        prefix: ${JSON.stringify(prefix)}, topics: { partitions: 4 }, sessionTimeoutMs: 2000 });
      await bus.subscribe("mortal", ["${TOPIC}"], () => { console.log("handling"); return new Promise(() => {}); });
      console.log("joined");`;
    await bus.publish([eventOf(1)]);
    const victim = await startProcess({
      name: "member",
      command: process.execPath,
      args: ["--import", "tsx", "--conditions=@sallyport/source", "--input-type=module", "-e", script],
      cwd: join(import.meta.dirname, "../.."),
      log: () => {},
      readyLine: "handling",
    });
    victim.kill();
    const killed = clock.elapsed();
    const seen: string[] = [];
    await bus.subscribe("mortal", [TOPIC], async ({ id }) => void seen.push(id));
    await eventually("its message was handled here", () => seen.includes(anEventId(1)), 10_000);
    expect(clock.elapsed() - killed).toBeLessThan(5000);
  }, 40_000);

  it("loses nothing that was acknowledged, and goes on by itself, when the broker is killed under load and restarted", async () => {
    const bus = await open();
    const [acknowledged, handled] = [new Set<string>(), new Map<string, number>()];
    await bus.subscribe("steady", [TOPIC], async ({ id }) => void handled.set(id, (handled.get(id) ?? 0) + 1));
    let running = true;
    let n = 0;
    let refused = 0;
    const publisher = async () => {
      while (running) {
        const event = eventOf(n++);
        await bus.publish([event]).then(
          () => acknowledged.add(event.id),
          () => refused++,
        );
        await wait(clock, 2);
      }
    };
    const publishers = Promise.all(Array.from({ length: 8 }, publisher));
    await eventually("it runs", () => handled.size > 200, 5000);
    broker.kill();
    await broker.exited;
    await broker.restart();
    const before = acknowledged.size;
    await eventually("publishing goes on", () => acknowledged.size > before + 200, 15_000);
    running = false;
    await publishers;
    await eventually("all were handled", () => [...acknowledged].every((id) => handled.has(id)), 15_000);
    expect(refused).toBe(0);
    expect([...handled.values()].filter((times) => times > 1).length).toBeLessThan(100);
    expect(bus.alive()).toBe(true);
    await eventually("it is healthy", () => bus.healthy(), 5000);
  }, 60_000);

  it("refuses members of one group that want different topics, which the library would serve badly", async () => {
    const bus = await open();
    await bus.subscribe("one", [TOPIC], async () => {});
    await expect(bus.subscribe("one", ["sallyport.access"], async () => {})).rejects.toThrow("other topics");
  }, 15_000);
});
