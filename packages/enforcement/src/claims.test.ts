import { createLeases, quietLog, wait } from "@sallyport/backbone";
import type { Clock } from "@sallyport/backbone";
import { aBackbone } from "@sallyport/testkit";
import { createClaims } from "./claims.ts";

function aProcess(backbone: ReturnType<typeof aBackbone>, name: string, clock: Clock = backbone.clock) {
  let tokens = 0;
  const leases = createLeases({
    records: backbone.incarnate().ports.records,
    clock,
    newToken: () => `${name}${(tokens += 1)}`,
  });
  return createClaims({ leases, clock, log: quietLog }).run;
}

describe("a claim on a row", () => {
  it("lets callers of one process share a run that follows the one under way, and no two run at once", async () => {
    const backbone = aBackbone();
    const claims = aProcess(backbone, "a");
    const log: string[] = [];
    let running = 0;
    const run = (name: string) => async () => {
      running += 1;
      log.push(`${name} of ${running}`);
      await wait(backbone.clock, 1000);
      running -= 1;
    };
    const all = ["first", "second", "third"].map((name) => claims("g1", run(name)));
    await backbone.clock.pass(3000);
    await Promise.all(all);
    expect(log).toEqual(["first of 1", "second of 1"]);
  });

  it("lets nobody in between a run and the one that follows it", async () => {
    const backbone = aBackbone();
    const claims = aProcess(backbone, "a");
    let running = 0;
    let most = 0;
    const run = async () => {
      most = Math.max(most, (running += 1));
      await wait(backbone.clock, 10);
      running -= 1;
    };
    const outcomes: Promise<unknown>[] = [];
    const caller = async (): Promise<void> => {
      for (let n = 0; n < 5; n++) {
        const one = claims("g1", run);
        outcomes.push(one);
        await one;
      }
    };
    const callers = Promise.all([caller(), caller(), caller()]);
    await backbone.clock.pass(1000);
    await callers;
    expect(most).toBe(1);
    expect((await Promise.allSettled(outcomes)).filter(({ status }) => status === "rejected")).toEqual([]);
  });

  it("runs again after a run that failed, and tells each caller of his own", async () => {
    const backbone = aBackbone();
    const claims = aProcess(backbone, "a");
    const failing = claims("g1", () => Promise.reject(new Error("broken")));
    const next = claims("g1", () => Promise.resolve());
    await expect(failing).rejects.toThrow("broken");
    await expect(next).resolves.toBe("over");
  });

  it("keeps other processes out for as long as the run lasts, with a fault that passes; others rows are free", async () => {
    const backbone = aBackbone();
    const [a, b] = [aProcess(backbone, "a"), aProcess(backbone, "b")];
    const long = a("g1", () => wait(backbone.clock, 60_000));
    await backbone.clock.pass(59_000);
    const idle = () => Promise.resolve();
    await expect(b("g1", idle)).rejects.toMatchObject({ code: "backbone.lease-held", retryable: true });
    await expect(b("g2", idle)).resolves.toBe("over");
    await backbone.clock.pass(1000);
    await long;
    await expect(b("g1", idle)).resolves.toBe("over");
  });

  it("of a process that died is free five seconds later", async () => {
    const backbone = aBackbone();
    const dead: Clock = { ...backbone.clock, after: () => () => undefined, at: () => () => undefined };
    void aProcess(backbone, "a", dead)("g1", () => new Promise(() => {}));
    await backbone.clock.pass(4999);
    const other = aProcess(backbone, "b");
    await expect(other("g1", () => Promise.resolve())).rejects.toMatchObject({ code: "backbone.lease-held" });
    await backbone.clock.pass(1);
    await expect(other("g1", () => Promise.resolve())).resolves.toBe("over");
  });

  it("keeps nobody who waits for a run that steps aside, nor for the one that follows it; both go on", async () => {
    const backbone = aBackbone();
    const claims = aProcess(backbone, "a");
    const log: string[] = [];
    const first = claims("g1", async (stepAside) => {
      await wait(backbone.clock, 1000);
      stepAside();
      await wait(backbone.clock, 600_000);
      log.push("first");
    });
    const joined = claims("g1", async () => void log.push("joined"));
    let left = 0;
    for (const one of [first, joined]) void one.then(() => (left += 1));
    await backbone.clock.pass(999);
    expect(left).toBe(0);
    await backbone.clock.pass(1);
    expect(await Promise.all([first, joined, claims("g1", async () => void log.push("never"))])).toEqual([
      "aside",
      "aside",
      "aside",
    ]);
    const other = aProcess(backbone, "b");
    await expect(other("g1", () => Promise.resolve())).rejects.toMatchObject({ code: "backbone.lease-held" });
    await backbone.clock.pass(600_000);
    expect(log).toEqual(["first", "joined"]);
  });
});
