import { crashAtEvery } from "@sallyport/testkit";
import { oneLife, sayRun } from "./one-life.ts";

describe("the life of one grant, with two processes at work of which one crashes", () => {
  it("ends closed, told once and owing nothing, at each of more than 300 passages", async () => {
    const { total, runs } = await crashAtEvery(async (dieAt) => {
      const ending = await oneLife({ deaths: [dieAt], beside: true });
      return { diedAt: ending.diedAt, ending };
    });
    expect(runs.flatMap(({ dieAt, ending }) => sayRun(`passage ${dieAt}`, ending) ?? [])).toEqual([]);
    expect(total).toBeGreaterThan(300);
  });
});
