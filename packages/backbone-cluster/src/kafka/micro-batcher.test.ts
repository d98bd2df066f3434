import { createMicroBatcher } from "./micro-batcher.ts";

/** A broker that acknowledges when it is told to. */
function aBroker() {
  const requests: string[][] = [];
  const answers: { readonly resolve: () => void; readonly reject: (fault: Error) => void }[] = [];
  const batcher = createMicroBatcher<string>(
    (messages) =>
      new Promise((resolve, reject) => {
        requests.push(messages);
        answers.push({ resolve, reject });
      }),
    (message) => message.length,
  );
  const turn = () => new Promise(setImmediate);
  return {
    batcher,
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
