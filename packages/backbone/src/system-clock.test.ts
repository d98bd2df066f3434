import { instantOf, msOf, plusMs } from "@sallyport/contracts";
import { wait } from "./clock.ts";
import { createSystemClock } from "./system-clock.ts";

describe("the machine's clock", () => {
  const clock = createSystemClock();

  it("tells the time", () => {
    const before = Date.now();
    const told = msOf(clock.now());
    expect(told).toBeGreaterThanOrEqual(before);
    expect(told).toBeLessThanOrEqual(Date.now());
  });

  it("runs at an instant, and not before", async () => {
    const due = plusMs(clock.now(), 40);
    await new Promise<void>((resolve) => {
      clock.at(due, resolve);
    });
    expect(clock.now() >= due).toBe(true);
  });

  it("runs at the next turn what is due already, and nothing that was cancelled", async () => {
    const ran: string[] = [];
    clock.at(instantOf(0), () => ran.push("late"));
    clock.at(instantOf(0), () => ran.push("cancelled"))();
    clock.after(0, () => ran.push("cancelled"))();
    expect(ran).toEqual([]);
    await wait(clock, 20);
    expect(ran).toEqual(["late"]);
  });
});
