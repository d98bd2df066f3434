import { wait } from "@sallyport/backbone";
import { createVirtualClock } from "@sallyport/testkit";
import { createOneByOne } from "./one-by-one.ts";

function aLane() {
  const clock = createVirtualClock();
  const oneByOne = createOneByOne(clock);
  const done: string[] = [];
  let most = 0;
  let running = 0;
  const write = (name: string, isUrgent = false, ms = 100, key = "nsg-1") =>
    oneByOne(key, isUrgent, async () => {
      most = Math.max(most, (running += 1));
      await wait(clock, ms);
      running -= 1;
      done.push(name);
    });
  return { clock, oneByOne, write, done, most: () => most };
}

describe("the writes of the rules of one NSG", () => {
  it("wait for each other, closings before all that has not begun", async () => {
    const { clock, write, done, most } = aLane();
    const all = [write("open 1"), write("open 2"), write("open 3"), write("close 1", true), write("close 2", true)];
    await clock.pass(500);
    await Promise.all(all);
    expect(done).toEqual(["open 1", "close 1", "close 2", "open 2", "open 3"]);
    expect(most()).toBe(1);
  });

  it("do not wait for those of another", async () => {
    const { clock, write, done } = aLane();
    void write("long", false, 10_000);
    void write("elsewhere", false, 10, "nsg-2");
    await clock.pass(20);
    expect(done).toEqual(["elsewhere"]);
  });

  it("go on after one that failed, and beside one that hangs, after a minute", async () => {
    const { clock, oneByOne, write, done } = aLane();
    const failing = oneByOne("nsg-1", false, () => Promise.reject(new Error("no"))).catch(String);
    void write("hangs", false, 600_000);
    void write("next", false);
    void write("last", false);
    expect(await failing).toContain("no");
    await clock.pass(59_999);
    expect(done).toEqual([]);
    await clock.pass(201);
    expect(done).toEqual(["next", "last"]);
    await clock.pass(600_000);
    const later = write("later");
    await clock.pass(100);
    await later;
    expect(done).toEqual(["next", "last", "hangs", "later"]);
  });
});
