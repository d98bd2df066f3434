import { createVirtualClock } from "@sallyport/testkit";
import { createWaiting } from "./waiting.ts";

/** A call that waits for something that is `done` or is not, at most five seconds. */
function aWait() {
  const clock = createVirtualClock();
  const waiting = createWaiting(clock);
  let done = false;
  let answered: string | undefined;
  void waiting
    .until(
      "request",
      5000,
      async () => (done ? "done" : "under way"),
      (seen) => seen === "done",
    )
    .then((seen) => {
      answered = seen;
    });
  return {
    clock,
    ...waiting,
    happens: () => {
      done = true;
    },
    answer: () => answered,
  };
}

describe("waiting for something to happen to a request", () => {
  it("lasts to the millisecond as long as was asked, where nothing happens", async () => {
    const { clock, answer } = aWait();
    await clock.pass(4999);
    expect(answer()).toBeUndefined();
    await clock.pass(1);
    expect(answer()).toBe("under way");
    expect(clock.armed()).toBe(0);
  });

  it("is over at once when it happens here", async () => {
    const { clock, answer, happens, wake } = aWait();
    await clock.pass(100);
    happens();
    wake("another request");
    await clock.runUntilIdle();
    expect(answer()).toBeUndefined();
    wake("request");
    await clock.runUntilIdle();
    expect(answer()).toBe("done");
  });

  it("is over within a quarter of a second when another replica has heard of it", async () => {
    const { clock, answer, happens } = aWait();
    await clock.pass(1001);
    happens();
    await clock.pass(249);
    expect(answer()).toBe("done");
  });

  it("is over when the service stops", async () => {
    const { clock, answer, stop } = aWait();
    await clock.pass(10);
    stop();
    await clock.runUntilIdle();
    expect(answer()).toBe("under way");
  });
});
