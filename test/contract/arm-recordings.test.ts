import { REASONED } from "./arm-differences.ts";
import { readRecordings } from "./recordings.ts";
import { replay } from "./replay.ts";
import type { Difference, Replay } from "./replay.ts";

const sentence = ({ request, what }: Difference): string => `${request} ${what}`;

describe("the simulated Resource Manager, asked what real Azure was asked", () => {
  const recordings = [...readRecordings()];
  const replays = new Map<string, Replay>();

  it.each(recordings)("answers %s as recorded, but for what has a reason", async (name, exchanges) => {
    const replayed = await replay(exchanges);
    replays.set(name, replayed);
    const unreasoned = replayed.differences.filter((one) => !REASONED.some(({ meets }) => meets.test(sentence(one))));
    expect(unreasoned.map((one) => `${one.i}: ${sentence(one)}`)).toEqual([]);
  });

  it("differs for no reason that nothing meets", () => {
    const met = [...replays.values()].flatMap(({ differences }) => differences.map(sentence));
    expect(REASONED.filter(({ meets }) => !met.some((one) => meets.test(one)))).toEqual([]);
  });

  it("was asked nearly everything: only polls of writes that a recording left out have no counterpart", () => {
    const total = (count: (one: Replay) => number) => [...replays.values()].reduce((sum, one) => sum + count(one), 0);
    expect(total(({ compared }) => compared)).toBeGreaterThan(1140);
    expect(total(({ compared, unanswerable }) => compared + unanswerable)).toBe(1222);
  });
});
