import { aBackbone } from "@sallyport/testkit";
import { keepPromises } from "./keep-promises.ts";
import type { Indebted } from "./keep-promises.ts";
import { quietLog } from "./telemetry.ts";

/** A ledger whose rows owe until they are loaded. */
function indebted(...ids: readonly string[]) {
  const owed = new Set(ids);
  const broken = new Set<string>();
  const ledger: Indebted = {
    owing: async () => [...owed],
    load: async (id) => {
      if (broken.has(id)) throw new Error("the bus is away");
      owed.delete(id);
      return { id, value: undefined, version: 1 };
    },
  };
  return { ledger, owed, broken };
}

describe("keeping promises", () => {
  it("keeps at the start what every ledger owes, and every half minute what has come since", async () => {
    const { clock } = aBackbone();
    const [one, other] = [indebted("a", "b"), indebted("c")];
    const running = keepPromises([one.ledger, other.ledger], { clock, log: quietLog });
    await clock.runUntilIdle();
    expect([...one.owed, ...other.owed]).toEqual([]);
    other.owed.add("d");
    await clock.pass(29_999);
    expect([...other.owed]).toEqual(["d"]);
    await clock.pass(1);
    expect([...other.owed]).toEqual([]);
    await running.close();
    expect(clock.armed()).toBe(0);
  });

  it("lets one row that cannot be kept hold up no other, and tries it again", async () => {
    const { clock } = aBackbone();
    const { ledger, owed, broken } = indebted("a", "b");
    broken.add("a");
    const warnings: string[] = [];
    const running = keepPromises([ledger], { clock, log: { ...quietLog, warn: (line) => warnings.push(line) } });
    await clock.runUntilIdle();
    expect([...owed]).toEqual(["a"]);
    expect(warnings).toHaveLength(1);
    broken.clear();
    await clock.pass(30_000);
    expect([...owed]).toEqual([]);
    await running.close();
  });

  it("starts nothing more once it is closed", async () => {
    const { clock } = aBackbone();
    const { ledger, owed } = indebted();
    const running = keepPromises([ledger], { clock, log: quietLog });
    await running.close();
    owed.add("a");
    await clock.pass(120_000);
    expect([...owed]).toEqual(["a"]);
  });
});
