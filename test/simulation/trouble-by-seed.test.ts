import { seconds } from "@sallyport/contracts";
import { lifeIn, sayRun } from "./one-life.ts";
import { anAwsWorld, anAzureWorld } from "./worlds.ts";

const SEEDS = 20;
/** One call in eight or so meets something. */
const OFTEN = { chance: 0.012, times: 25 } as const;

/** How long an empty group stays: gone while the VM is still under JIT, and long after it is not. */
const EMPTY_GROUP_TIMES = [seconds(60), seconds(900)] as const;

const lives = {
  Azure: async (seed: number) => {
    const world = await anAzureWorld({ ...OFTEN, seed });
    return { life: await lifeIn(world, { slowness: 8 }), struck: world.struck() };
  },
  AWS: async (seed: number) => {
    const world = await anAwsWorld({ ...OFTEN, seed });
    return { life: await lifeIn(world, { slowness: 8 }), struck: world.struck() };
  },
  "AWS, where closing revokes,": async (seed: number) => {
    const emptyGroupTime = EMPTY_GROUP_TIMES[seed % 2 === 0 ? 0 : 1];
    const world = await anAwsWorld({ ...OFTEN, seed }, { closing: "revoke", emptyGroupTime });
    return { life: await lifeIn(world, { slowness: 8 }), struck: world.struck() };
  },
} as const;

describe.each(["Azure", "AWS", "AWS, where closing revokes,"] as const)(
  "the life of one grant while %s does what it is known to do to its callers",
  (cloud) => {
    it(`ends closed with a receipt, told once, the network as it was, for each of ${SEEDS} seeds`, async () => {
      const wrong: string[] = [];
      let strikes = 0;
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const { life, struck } = await lives[cloud](seed);
        strikes += struck;
        const line = sayRun(`seed ${seed}`, life);
        if (line !== undefined) wrong.push(line);
      }
      expect(wrong).toEqual([]);
      expect(strikes).toBeGreaterThan(5 * SEEDS);
    });
  },
);
