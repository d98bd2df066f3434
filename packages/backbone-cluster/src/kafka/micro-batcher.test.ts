import { createVirtualClock } from "@sallyport/testkit";
import { createMicroBatcher } from "./micro-batcher.ts";

/** A broker that acknowledges when it is told to. */
function aBroker() {
  const requests: string[][] = [];
  const answers: { readonly resolve: () => void; readonly reject: (fault: Error) => void }[] = [];
  const clock = createVirtualClock();
  const batcher = createMicroBatcher<string>({
    doing: "publishing",
    request: (messages) =>
      new Promise((resolve, reject) => {
        requests.push(messages);
        answers.push({ resolve, reject });
      }),
    bytesOf: (message) => message.length,
    clock,
    patienceMs: 5000,
  });
  const turn = () => new Promise(setImmediate);
  return {
    batcher,
    clock,
    requests,
    answer: () => answers.shift()?.resolve(),
    refuse: (fault: Error) => answers.shift()?.reject(fault),
    turn,
  };
}

describe("publishing in batches", () => {
  it("sends at once when nothing is under way, and meanwhile collects what comes into one request, in order", async () => {
    const { batcher, requests, answer, turn } = aBroker();
    const all = Promise.all([batcher.send(["a"]), batcher.send(["b", "c"]), batcher.send(["d"])]);
    expect(requests).toEqual([["a"]]);
    answer();
    await turn();
    expect(requests).toEqual([["a"], ["b", "c", "d"]]);
    answer();
    await all;
  });

  it("tells each caller of its own batch only", async () => {
    const { batcher, answer, refuse, turn } = aBroker();
    const first = batcher.send(["a"]);
    const second = batcher.send(["b"]);
    refuse(new Error("away"));
    await expect(first).rejects.toThrow("away");
    await turn();
    answer();
    await expect(second).resolves.toBeUndefined();
  });

  it("sends no more in one request than a broker takes, but any message", async () => {
    const { batcher, requests, answer, turn } = aBroker();
    const [large, small] = ["x".repeat(400_000), "y".repeat(200_000)];
    const huge = "z".repeat(900_000);
    const all = Promise.all([batcher.send(["a"]), batcher.send([large, small, small]), batcher.send([huge])]);
    for (let i = 0; i < 5; i++) {
      answer();
      await turn();
    }
    await all;
    expect(requests).toEqual([["a"], [large], [small, small], [huge]]);
  });

  it("refuses, retryably, what is not acknowledged in time, and sends nothing twice by itself, nor late what was not sent yet", async () => {
    const { batcher, clock, requests, answer, turn } = aBroker();
    const outcomes: string[] = [];
    const faults: unknown[] = [];
    const send = (message: string) => {
      const there = () => outcomes.push(`${message} is there`);
      const refused = (fault: unknown) => {
        faults.push(fault);
        outcomes.push(`${message} is refused`);
      };
      void batcher.send([message]).then(there, refused);
    };
    send("under way");
    await clock.pass(1000);
    send("waits");
    await clock.pass(3999);
    expect(outcomes).toEqual([]);
    await clock.pass(1);
    expect(outcomes).toEqual(["under way is refused"]);
    await clock.pass(1000);
    expect(outcomes).toEqual(["under way is refused", "waits is refused"]);
    expect(faults).toMatchObject(Array(2).fill({ code: "backbone.unavailable", retryable: true }));
    send("later");
    answer();
    await turn();
    answer();
    await turn();
    expect(requests).toEqual([["under way"], ["later"]]);
    expect(outcomes).toEqual(["under way is refused", "waits is refused", "later is there"]);
    expect(clock.armed()).toBe(0);
  });

  it("is idle only when everything was answered", async () => {
    const { batcher, answer, turn } = aBroker();
    await batcher.idle();
    const sent = [batcher.send(["a"]), batcher.send(["b"])];
    let idle = false;
    const waiting = batcher.idle().then(() => {
      idle = true;
    });
    answer();
    await turn();
    expect(idle).toBe(false);
    answer();
    await Promise.all([...sent, waiting]);
  });
});
