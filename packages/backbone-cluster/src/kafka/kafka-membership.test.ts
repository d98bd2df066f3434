import { join } from "node:path";
import { createSystemClock, quietLog, wait } from "@sallyport/backbone";
import type { BackboneSignal, Handle } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import type { SallyportEvent, Topic } from "@sallyport/contracts";
import { startKafka, startProcess } from "@sallyport/launcher";
import type { RunningKafka } from "@sallyport/launcher";
import { PATIENCE_MS, aVm, anEvent, anEventId, eventually } from "@sallyport/testkit";
import { Kafka, logLevel } from "kafkajs";
import { connectKafka } from "./connect-kafka.ts";
import { joinGroup } from "./group-member.ts";
import { createKafkaEventBus } from "./kafka-event-bus.ts";
import type { KafkaEventBus } from "./kafka-event-bus.ts";

const TOPIC: Topic = "sallyport.posture";
const PUBLISHERS = 8;
const clock = createSystemClock();
const source = join(import.meta.dirname, "../index.ts");

/** The `n`-th event, about one of 24 VMs. */
const eventOf = (n: number) =>
  anEvent(
    { type: "sallyport.posture.gone.v1", data: { vm: aVm("aws", n % 24), at: clock.now() } },
    { id: anEventId(n) },
  );

const real = process.env["KAFKA_BROKERS"] ?? "";
(real === "" ? describe.skip : describe)("members of a group at a broker of their own (KAFKA_BROKERS)", () => {
  let broker: RunningKafka;
  let opened: Pick<KafkaEventBus, "abandon">[] = [];
  let signals: BackboneSignal[] = [];
  let installations = 0;
  let prefix = "";

  const open = async (publishWithinMs = 5000) => {
    const bus = await createKafkaEventBus({
      brokers: broker.brokers,
      clientId: "test",
      clock,
      prefix,
      topics: { partitions: 4 },
      sessionTimeoutMs: 2000,
      publishWithinMs,
      observe: (signal) => signals.push(signal),
    });
    opened.push(bus);
    return bus;
  };
  const raw = async () => {
    const admin = new Kafka({ brokers: [...broker.brokers], clientId: "test", logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    return admin;
  };
  beforeAll(async () => {
    broker = await startKafka({ log: () => {} });
  });
  beforeEach(() => {
    prefix = `t${installations++}`;
    signals = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((bus) => bus.abandon()));
    opened = [];
  });
  afterAll(() => broker.stop());

  it("holds a partition at the very first message of a new group, and goes on from it", async () => {
    const bus = await open();
    await bus.publish([eventOf(1)]);
    const seen: SallyportEvent[] = [];
    let tries = 0;
    await bus.subscribe("new", [TOPIC], async (event) => {
      if (++tries < 3) throw new SallyportError({ code: "backbone.unavailable", detail: "away" });
      seen.push(event);
    });
    await eventually("it was handled", () => seen.length === 1);
    expect(signals.filter(({ kind }) => kind === "held")).toHaveLength(2);
  });

  /** A member of our making that tells what it says to the broker: how often it tells the group of itself, and what it asks between. */
  const joinAudibly = async (group: string, sessionTimeoutMs: number, handle: Handle = async () => {}) => {
    const consumer = connectKafka({
      brokers: broker.brokers,
      clientId: "test",
      sessionTimeoutMs,
      clock,
      log: quietLog,
    }).consumer(`${prefix}.${group}`);
    const { HEARTBEAT, FETCH, REBALANCING } = consumer.events;
    const said: ("beat" | "ask" | "rebalance")[] = [];
    consumer.on(HEARTBEAT, () => void said.push("beat"));
    consumer.on(FETCH, () => void said.push("ask"));
    consumer.on(REBALANCING, () => void said.push("rebalance"));
    const member = await joinGroup(
      {
        clock,
        sessionTimeoutMs,
        random: Math.random,
        observe: () => {},
        putAside: async () => {},
        brokerAnswers: async () => true,
      },
      { consumer, group, topics: new Map([[`${prefix}.${TOPIC}`, TOPIC]]), handle, interest: undefined },
    );
    opened.push({ abandon: member.abandon });
    return { member, said };
  };
  const beats = (said: readonly string[]) => said.filter((one) => one === "beat").length;

  it("shares its partitions with a member that joins, though nothing happens, and takes them back", async () => {
    const [first, second] = [await open(), await open()];
    const [atFirst, atSecond] = [new Set<string>(), new Set<string>()];
    await first.subscribe("shared", [TOPIC], async ({ subject }) => void atFirst.add(subject));
    const member = await second.subscribe("shared", [TOPIC], async ({ subject }) => void atSecond.add(subject));
    let n = 0;
    const publishing = () => first.publish(Array.from({ length: 24 }, () => eventOf(n++)));
    await publishing();
    await eventually("all were handled", () => atFirst.size + atSecond.size >= 24);
    expect(atSecond.size).toBeGreaterThan(0);
    await member.close();
    atFirst.clear();
    await publishing();
    await eventually("the first has all", () => atFirst.size === 24);
  });

  // A change of members is heard of in the answer to a heartbeat. With the library's defaults that is after 2–3 s (kafka.md §2.2).
  it("asks, while nothing happens, for two or three quarters of a second at most before it tells the group of itself", async () => {
    await open();
    const { said } = await joinAudibly("idle", 10_000);
    await eventually("it told the group often", () => beats(said) > 8);
    const asked = said
      .join("")
      .split("beat")
      .slice(2, -1)
      .map((between) => between.split("ask").length - 1);
    // A question without an answer takes a quarter of a second, and longer on a slow machine; then fewer fit between two beats.
    expect(Math.max(...asked)).toBeLessThanOrEqual(3);
    await eventually("two questions fit between two beats", () => said.join("").includes("askaskbeat"));
  });

  it("keeps its place in the group while one handler takes longer than a session", async () => {
    const bus = await open();
    const began: string[] = [];
    const { member, said } = await joinAudibly("slow", 6000, async ({ id }) => {
      began.push(id);
      // One every quarter of a session.
      if (began.length === 1) await eventually("five were told", () => beats(said) > 5);
    });
    await bus.publish([eventOf(1), eventOf(25)]);
    await eventually("the second was handled", () => began.length >= 2);
    await wait(clock, 300);
    expect(began).toEqual([anEventId(1), anEventId(25)]);
    expect(said).not.toContain("rebalance");
    expect(member.moving()).toBe(true);
  });

  it("gives the partitions of a killed process to the others within a session", async () => {
    const bus = await open();
    const seen = new Set<string>();
    const { said } = await joinAudibly("mortal", 2000, async ({ id }) => void seen.add(id));
    const script = `
      import { createKafkaEventBus } from ${JSON.stringify(source)};
      import { createSystemClock } from "@sallyport/backbone";
      const bus = await createKafkaEventBus({ brokers: ${JSON.stringify(broker.brokers)}, clientId: "test", clock: createSystemClock(),
        prefix: ${JSON.stringify(prefix)}, topics: { partitions: 4 }, sessionTimeoutMs: 2000 });
      await bus.subscribe("mortal", ["${TOPIC}"], () => { console.log("handling"); return new Promise(() => {}); });
      console.log("joined");`;
    const victim = await startProcess({
      name: "member",
      command: process.execPath,
      args: ["--import", "tsx", "--conditions=@sallyport/source", "--input-type=module", "-e", script],
      cwd: join(import.meta.dirname, "../.."),
      log: () => {},
      readyLine: "joined",
    });
    const events = Array.from({ length: 24 }, (_, n) => eventOf(n));
    await bus.publish(events);
    await eventually("the others are handled", () => seen.size > 0);
    victim.kill();
    await victim.exited;
    const before = said.length;
    await eventually("the group changes", () => said.slice(before).includes("rebalance"));
    // Half a second apart, so that four are a session; a broker that is as slow as we are misses the dead as late as we beat.
    const heard = said.slice(before);
    expect(beats(heard.slice(0, heard.indexOf("rebalance")))).toBeLessThan(12);
    await eventually("all were handled here", () => events.every(({ id }) => seen.has(id)));
  });

  it("loses nothing that was acknowledged, and goes on by itself, when the broker is killed under load and restarted", async () => {
    const bus = await open(PATIENCE_MS);
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
    const publishers = Promise.all(Array.from({ length: PUBLISHERS }, publisher));
    const admin = await raw();
    let committed = 0;
    await eventually("it runs, and commits", async () => {
      const [there] = await admin.fetchOffsets({ groupId: `${prefix}.steady`, topics: [`${prefix}.${TOPIC}`] });
      committed = (there?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
      return handled.size > 200 && committed > 100;
    });
    await admin.disconnect();
    broker.kill();
    await broker.exited;
    await broker.restart();
    const before = acknowledged.size;
    const handledBefore = handled.size;
    await eventually("publishing goes on", () => acknowledged.size > before + 200);
    running = false;
    await publishers;
    await eventually("all were handled", () => [...acknowledged].every((id) => handled.has(id)));
    expect(refused).toBe(0);
    // Handled again is at most what was not committed, and what was stored though its acknowledgement was lost.
    const again = [...handled.values()].filter((times) => times > 1).length;
    expect(again).toBeLessThanOrEqual(handledBefore - committed + PUBLISHERS);
    expect(bus.alive()).toBe(true);
    await eventually("it is healthy", () => bus.healthy());
  });

  it("refuses while the broker is away what is published, and has it by one id, not oftener than it was tried, when it is back", async () => {
    const bus = await open();
    broker.kill();
    await broker.exited;
    const event = eventOf(1);
    let tries = 1;
    await expect(bus.publish([event])).rejects.toMatchObject({ code: "backbone.unavailable", retryable: true });
    await broker.restart();
    await eventually("it is taken", () => {
      tries++;
      return bus.publish([event]).then(
        () => true,
        () => false,
      );
    });
    const ids: string[] = [];
    for await (const { id } of bus.replay(TOPIC)) ids.push(id);
    expect(ids.length).toBeLessThanOrEqual(tries);
    expect(new Set(ids)).toEqual(new Set([event.id]));
  });

  it("refuses members of one group that want different topics, which the library would serve badly", async () => {
    const bus = await open();
    await bus.subscribe("one", [TOPIC], async () => {});
    await expect(bus.subscribe("one", ["sallyport.access"], async () => {})).rejects.toThrow("other topics");
  });
});
