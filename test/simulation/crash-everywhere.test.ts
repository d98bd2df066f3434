import { crashAtEvery, createRandom } from "@sallyport/testkit";
import { oneLife, sayRun } from "./one-life.ts";

const crashEverywhere = async (beside: boolean) => {
  const { total, runs } = await crashAtEvery(async (dieAt) => {
    const ending = await oneLife({ deaths: [dieAt], beside });
    return { diedAt: ending.diedAt, ending };
  });
  return { total, wrong: runs.flatMap(({ dieAt, ending }) => sayRun(`passage ${dieAt}`, ending) ?? []) };
};

describe("the life of one grant, with a crash at every passage of every port in turn", () => {
  it("ends closed, told once and owing nothing, at each of more than 300 passages", async () => {
    const { total, wrong } = await crashEverywhere(false);
    expect(wrong).toEqual([]);
    expect(total).toBeGreaterThan(300);
  });

  it("does so while each next process dies, too, time and again", async () => {
    const wrong: string[] = [];
    for (let seed = 1; seed <= 60; seed++) {
      const random = createRandom(seed);
      const deaths = Array.from({ length: 4 }, () => 1 + Math.floor(random() * 150));
      const line = sayRun(`seed ${seed}, deaths at ${deaths.join(", ")}`, await oneLife({ deaths }));
      if (line !== undefined) wrong.push(line);
    }
    expect(wrong).toEqual([]);
  });
});
