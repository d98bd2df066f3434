import { createSystemClock } from "@sallyport/backbone";
import { startProcess } from "@sallyport/launcher";
import { supervise } from "./supervise.ts";
import type { Supervised } from "./supervise.ts";

describe("a supervised process", () => {
  const clock = createSystemClock();
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  let present: Supervised | undefined;
  const start = async (script: string): Promise<Supervised> => {
    const child = await startProcess({
      name: "child",
      command: process.execPath,
      args: ["-e", script],
      log: say,
      readyLine: "up",
    });
    present = supervise(child, { clock, say });
    return present;
  };
  const idles = `console.log("up"); setInterval(() => {}, 9e6)`;
  const isGone = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  };
  afterEach(async () => {
    await present?.stop();
    said.length = 0;
  });

  it("comes back after kill -9, and says so", async () => {
    const child = await start(idles);
    const first = child.pid;
    child.kill();
    await child.up();
    expect(child.pid).not.toBe(first);
    expect(isGone(child.pid)).toBe(false);
    expect(said.join("\n")).toMatch(/child: has ended; it is started again in \d+ ms/);
  });

  it("comes back when it ends by itself, again and again", async () => {
    const child = await start(
      `process.on("SIGUSR2", () => process.exit(1)); console.log("up"); setInterval(() => {}, 9e6)`,
    );
    for (let lives = 1; lives < 3; lives++) {
      const present = child.pid;
      process.kill(present, "SIGUSR2");
      while (child.pid === present) await new Promise((resolve) => setImmediate(resolve));
      await child.up();
    }
    expect(said.filter((line) => line.includes("has ended")).length).toBeGreaterThanOrEqual(2);
  });

  it("stays down while it is held, and comes back when released", async () => {
    const child = await start(idles);
    const first = child.pid;
    let isUp = false;
    child.hold();
    child.kill();
    const up = child.up().then(() => {
      isUp = true;
    });
    while (!isGone(first)) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect({ isUp, pid: child.pid }).toEqual({ isUp: false, pid: first });
    child.release();
    await up;
    expect(child.pid).not.toBe(first);
  });

  it("is not started again once it was stopped", async () => {
    const child = await start(idles);
    const last = child.pid;
    await child.stop();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(child.pid).toBe(last);
    expect(isGone(last)).toBe(true);
  });
});
