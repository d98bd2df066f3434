import { seconds } from "@sallyport/contracts";
import { lifeIn, sayRun } from "./one-life.ts";
import { anAwsWorld, anAzureWorld } from "./worlds.ts";

const lives = {
  Azure: async (deaths: readonly number[]) => lifeIn(await anAzureWorld(), { deaths }),
  AWS: async (deaths: readonly number[]) => lifeIn(await anAwsWorld(), { deaths }),
  "AWS, where closing revokes": async (deaths: readonly number[]) =>
    lifeIn(await anAwsWorld(undefined, { closing: "revoke", emptyGroupTime: seconds(60) }), { deaths }),
} as const;

/** Each run drives the real SDK through hundreds of calls: not every passage is tried here, but some of every kind. */
const STRIDE = 9;

describe.each(["Azure", "AWS", "AWS, where closing revokes"] as const)(
  "the life of one grant on %s, the real adapter over the simulated cloud",
  (cloud) => {
    it("ends closed, told once and owing nothing, with a crash at each of more than 30 passages", async () => {
      const wrong: string[] = [];
      let crashes = 0;
      for (let dieAt = 1; ; dieAt += STRIDE) {
        const life = await lives[cloud]([dieAt]);
        const line = sayRun(`passage ${dieAt}`, life);
        if (line !== undefined) wrong.push(line);
        if (life.diedAt === undefined) break;
        crashes += 1;
      }
      expect(wrong).toEqual([]);
      expect(crashes).toBeGreaterThan(30);
    });
  },
);
