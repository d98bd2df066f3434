import { EventEmitter } from "node:events";
import type { BackboneSignal } from "@sallyport/backbone";
import { createVirtualClock } from "@sallyport/testkit";
import { Kafka, logLevel } from "kafkajs";
import type { Consumer } from "kafkajs";
import { superviseConsumer } from "./supervise-consumer.ts";

/** The library's own events, told by the test. */
function aConsumer() {
  const { events } = new Kafka({ brokers: ["x:1"], logLevel: logLevel.NOTHING }).consumer({ groupId: "g" });
  const emitter = new EventEmitter();
  const on: Consumer["on"] = (
    name: string,
    listener: (event: { id: string; type: string; timestamp: number; payload: never }) => void,
  ) => {
    emitter.on(name, listener);
    return () => {
      emitter.off(name, listener);
    };
  };
  return { consumer: { events, on }, tell: (name: string, payload: object = {}) => emitter.emit(name, { payload }) };
}

describe("watching a consumer", () => {
  const watch = (brokerAnswers: () => boolean) => {
    const clock = createVirtualClock();
    const signals: BackboneSignal[] = [];
    const { consumer, tell } = aConsumer();
    const supervision = superviseConsumer({
      consumer,
      group: "g",
      sessionTimeoutMs: 10_000,
      clock,
      observe: (signal) => signals.push(signal),
      brokerAnswers: async () => brokerAnswers(),
    });
    return { clock, signals, tell, events: consumer.events, ...supervision };
  };

  it("says that only a new process helps once the library has given it up", () => {
    const { alive, tell, events, signals } = watch(() => true);
    tell(events.CRASH, { error: new Error("away"), restart: true, groupId: "g" });
    expect(alive()).toBe(true);
    tell(events.CRASH, { error: new Error("odd"), restart: false, groupId: "g" });
    expect(alive()).toBe(false);
    expect(signals).toHaveLength(2);
  });

  it("says so, too, when it stays silent although the brokers answer", async () => {
    const { alive, moving, clock, tell, events, end } = watch(() => true);
    await clock.pass(9000);
    tell(events.HEARTBEAT);
    await clock.pass(9000);
    expect([moving(), alive()]).toEqual([true, true]);
    await clock.pass(5000);
    expect([moving(), alive()]).toEqual([false, true]);
    await clock.pass(10_000);
    expect(alive()).toBe(false);
    tell(events.FETCH);
    expect([moving(), alive()]).toEqual([true, true]);
    end();
  });

  it("asks for no new process while the brokers are away, however long", async () => {
    let there = false;
    const { alive, moving, clock, end } = watch(() => there);
    await clock.pass(600_000);
    expect([moving(), alive()]).toEqual([false, true]);
    there = true;
    await clock.pass(20_000);
    expect(alive()).toBe(false);
    end();
  });
});
