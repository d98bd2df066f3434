import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { closeAll } from "./run-service.ts";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

const here = (file: string) => pathToFileURL(join(__dirname, file)).href;

/** A process around `runService`, with this as its start; it says each step on standard output. */
function aService(start: string, options = "") {
  const program = `
    import { runService } from ${JSON.stringify(here("run-service.ts"))};
    import { createLogger } from ${JSON.stringify(here("create-logger.ts"))};
    const say = (text) => process.stdout.write(text + "\\n");
    const keepAlive = setInterval(() => {}, 1000);
    const part = (name, close = async () => {}) => ({ close: async () => { say("closing " + name); await close(); say("closed " + name); } });
    await runService({ log: createLogger({ service: "test", level: "info" }), start: async () => { ${start} }, ${options} });
    say("ready");
  `;
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "--conditions=@sallyport/source", "--input-type=module", "--eval", program],
    { cwd: __dirname, stdio: ["ignore", "pipe", "pipe"] },
  );
  children.push(child);
  let [out, log] = ["", ""];
  let isReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    if (out.includes("ready\n")) isReady();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  return {
    ready,
    signal: (name: NodeJS.Signals) => child.kill(name),
    ended: async () => ({ status: await ended, out: out.trim().split("\n"), log }),
  };
}

describe("a service that is asked to stop", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "by %s closes its parts in order, waits for each, and ends with status 0",
    async (name) => {
      const service = aService(
        `return [part("intake", () => new Promise((done) => setTimeout(done, 50))), part("health")];`,
      );
      await service.ready;
      service.signal(name);
      expect(await service.ended()).toMatchObject({
        status: 0,
        out: ["ready", "closing intake", "closed intake", "closing health", "closed health"],
      });
    },
  );

  it("ends with status 1 when that takes too long, and says so", async () => {
    const service = aService(`return [part("stuck", () => new Promise(() => {}))];`, "stopWithinMs: 100");
    await service.ready;
    service.signal("SIGTERM");
    const { status, log } = await service.ended();
    expect(status).toBe(1);
    expect(log).toContain("did not stop in time");
  });
});

describe("a service that cannot go on", () => {
  it("ends with status 1 when it cannot start, saying why", async () => {
    const { status, log } = await aService(`throw new Error("no database");`).ended();
    expect(status).toBe(1);
    expect(log).toMatch(/no database.*could not start/);
  });

  it("ends with status 1 when a rejection was handled by nobody", async () => {
    const { status, log } = await aService(
      `setTimeout(() => void Promise.reject(new Error("lost")), 20); return [];`,
    ).ended();
    expect(status).toBe(1);
    expect(log).toMatch(/lost.*nobody handled/);
  });
});

describe("closing several parts", () => {
  it("closes all of them, also when one cannot be closed, and then reports the first failure", async () => {
    const closed: string[] = [];
    const part = (name: string, fails = false) => ({
      close: async () => {
        closed.push(name);
        if (fails) throw new Error(`${name} is stuck`);
      },
    });
    await expect(closeAll([part("a", true), part("b"), part("c", true)])).rejects.toThrow("a is stuck");
    expect(closed).toEqual(["a", "b", "c"]);
  });
});
