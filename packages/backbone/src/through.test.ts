import { lane } from "@sallyport/contracts";
import { aBackbone, aGrantId, aVm, anEvent } from "@sallyport/testkit";
import { portsThrough, through } from "./through.ts";
import type { GateAnswer, GateCall } from "./through.ts";

const job = { name: "RevokeGrant", data: { cloud: "aws", vm: aVm("aws"), grantId: aGrantId() } } as const;
const nameOf = ({ port, fn, phase }: GateCall) => `${phase} ${port}.${fn}`;
const gone = () => anEvent({ type: "sallyport.posture.gone.v1", data: { vm: aVm(), at: aBackbone().clock.now() } });

describe("a port through a gate", () => {
  it("passes it before and after each call, and around each handler passed in", async () => {
    const { clock, incarnate } = aBackbone();
    const passed: string[] = [];
    const { queue } = portsThrough(incarnate().ports, (call) => void passed.push(nameOf(call)));
    await queue.work(lane("RevokeGrant", "aws"), async () => void passed.push("runs"), { concurrency: 1 });
    await queue.put(job, clock.now());
    await clock.runUntilIdle();
    expect(passed.toSorted()).toEqual(
      [
        "before queue.work",
        "after queue.work",
        "before queue.put",
        "after queue.put",
        "before queue.work.handler",
        "runs",
        "after queue.work.handler",
      ].toSorted(),
    );
  });

  it("passes it for every page of what is iterated, which begins at the call", async () => {
    const { incarnate } = aBackbone();
    const { ports } = incarnate();
    await ports.bus.publish([gone()]);
    const passed: string[] = [];
    const bus = through("bus", ports.bus, (call) => void passed.push(nameOf(call)));
    const pages = bus.replay("sallyport.posture");
    await ports.bus.publish([gone()]);
    let seen = 0;
    for await (const page of pages) seen += page.subject === aVm() ? 1 : 0;
    expect(seen).toBe(1);
    expect(passed).toEqual(["before bus.replay", "after bus.replay", "before bus.replay", "after bus.replay"]);
  });

  it("shows what the call is given, and answers what the port answers", async () => {
    const port = { add: async (a: number, b: number) => a + b, limit: 7 };
    const seen: (readonly unknown[])[] = [];
    const gated = through("sum", port, ({ args }) => void seen.push(args));
    expect(await gated.add(1, 2)).toBe(3);
    expect(seen).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(gated.limit).toBe(7);
  });

  it("leaves the call out, or makes it twice, as the gate says", async () => {
    let calls = 0;
    const port = { call: async () => void calls++ };
    const withAnswer = (answer: GateAnswer) =>
      through("port", port, ({ phase }) => (phase === "before" ? answer : undefined));
    await withAnswer("skip").call();
    expect(calls).toBe(0);
    await withAnswer("again").call();
    expect(calls).toBe(2);
  });

  it("makes no call that the gate refuses, and hides the answer of one refused afterwards", async () => {
    let calls = 0;
    const port = { call: async () => ++calls };
    const refusing = (phase: string) =>
      through("port", port, (call) => {
        if (call.phase === phase) throw new Error(`refused ${phase}`);
      });
    await expect(refusing("before").call()).rejects.toThrow("refused before");
    expect(calls).toBe(0);
    await expect(refusing("after").call()).rejects.toThrow("refused after");
    expect(calls).toBe(1);
  });

  it("says so when it meets something iterated that it does not know", async () => {
    const port = {
      pages: async function* () {
        yield 1;
      },
    };
    const gated: { readonly pages: () => unknown } = through("port", port, () => {});
    await expect(gated.pages()).rejects.toThrow("port.pages is iterated");
  });
});
