import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { freePort } from "../free-port.ts";
import { waitUntil } from "../wait-until.ts";
import { findLine } from "./readiness.ts";
import { startProcess, type RunningProcess } from "./start-process.ts";
import { scratchFolder } from "./scratch-folder.ts";

const node = process.execPath;
/** How long a test waits for what is certain: no guarantee, and much longer than a busy machine takes. */
const PATIENCE_MS = 120_000;
const server = (port: number): string =>
  `require("node:http").createServer((q, r) => r.end(String(process.pid))).listen(${port}, "127.0.0.1")`;

/** A script that lives on until the test lets it end by itself. */
const endsAtWill = (code: number): string =>
  `process.on("SIGUSR2", () => process.exit(${code})); setInterval(() => {}, 9e6);`;

/** Whether it runs. One that has ended counts as gone even before the system's first process, where it was orphaned, takes note of it. */
const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !(existsSync("/proc/self/stat") && / Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8")));
  } catch {
    return false;
  }
};
const isGone = (pid: number): Promise<true | undefined> =>
  waitUntil(async () => (runs(pid) ? undefined : true), { timeoutMs: PATIENCE_MS });

describe("a child process", () => {
  const started: RunningProcess[] = [];
  const said: string[] = [];
  const log = (line: string): void => void said.push(line);
  const start = async (
    script: string,
    more: Partial<Parameters<typeof startProcess>[0]> = {},
  ): Promise<RunningProcess> => {
    const child = await startProcess({
      name: "child",
      command: node,
      args: ["-e", script],
      log,
      readyLine: "up",
      ...more,
    });
    started.push(child);
    return child;
  };
  afterEach(async () => {
    for (const child of started.splice(0)) {
      child.kill();
      await child.exited;
    }
    said.length = 0;
  });

  it("is ready when it has written its line, which is handed on", async () => {
    const child = await start(
      `console.log("starting"); setTimeout(() => console.log('{"up":"http://x"}'), 50); setInterval(() => {}, 9e6)`,
    );
    expect(child.announced).toBe('{"up":"http://x"}');
    expect(said[0]).toMatch(/^child: ready after \d+\.\d s \(process \d+\)$/);
  });

  it("is not ready by half a line, nor by a line of its last life", () => {
    expect(findLine('{"up":', "up")).toBeUndefined();
    expect(findLine('x\n{"up":1}\ny', /"up":\d/)).toBe('{"up":1}');
  });

  it("waits anew for its line after a restart, in one log file", async () => {
    const logFile = join(scratchFolder(), "child.log");
    const child = await start(`console.log("up " + process.pid); setInterval(() => {}, 9e6)`, { logFile });
    const first = child.pid;
    await child.restart();
    expect(child.pid).not.toBe(first);
    expect(child.announced).toBe(`up ${child.pid}`);
    expect(runs(first)).toBe(false);
    expect(await readFile(logFile, "utf8")).toBe(`up ${first}\nup ${child.pid}\n`);
  });

  it("can be killed while it is starting again, which then fails", async () => {
    let isReady = true;
    const script = `console.log("pid " + process.pid); setInterval(() => {}, 9e6)`;
    const logFile = join(scratchFolder(), "child.log");
    const lives = async () => (await readFile(logFile, "utf8")).match(/pid/g)?.length ?? 0;
    const options = { name: "child", command: node, args: ["-e", script], log, logFile };
    const child = await startProcess({ ...options, readyWhen: async () => isReady && (await lives()) === 1 });
    started.push(child);
    isReady = false;
    const restarted = child.restart();
    restarted.catch(() => undefined);
    await waitUntil(async () => ((await lives()) === 2 ? true : undefined), { timeoutMs: PATIENCE_MS });
    child.kill();
    await expect(restarted).rejects.toThrow("child did not start: signal SIGKILL");
  });

  it("is ready when its URL answers, stands still while paused, and goes on when resumed", async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/`;
    const child = await startProcess({ name: "web", command: node, args: ["-e", server(port)], log, readyUrl: url });
    started.push(child);
    child.pause();
    await expect(fetch(url, { signal: AbortSignal.timeout(200) })).rejects.toThrow("timeout");
    child.resume();
    expect(await (await fetch(url)).text()).toBe(String(child.pid));
  });

  it("that ends before it is ready is an error with its last words", async () => {
    await expect(start(`console.error("no such configuration"); process.exit(3)`)).rejects.toThrow(
      /child did not start: exit status 3\.\n.*no such configuration/s,
    );
  });

  it("that is not ready in time is an error, and is not left behind", async () => {
    const script = `console.log("pid " + process.pid); setInterval(() => {}, 9e6)`;
    const error = await start(script, { readyTimeoutMs: 500 }).then(
      () => undefined,
      (reason: unknown) => String(reason),
    );
    expect(error).toContain("not ready after 500 ms");
    expect(runs(Number(/pid (\d+)/.exec(error ?? "")?.[1]))).toBe(false);
  });

  it("that does not exist is an error that names it", async () => {
    await expect(start("", { command: "/no/such/command" })).rejects.toThrow("/no/such/command could not be started");
  });

  it("may end by itself at SIGTERM", async () => {
    const child = await start(
      `process.on("SIGTERM", () => process.exit(0)); console.log("up"); setInterval(() => {}, 9e6)`,
    );
    await child.stop();
    expect(await child.exited).toEqual({ code: 0, signal: null });
    await child.stop();
  });

  it("hears SIGTERM also when it is paused", async () => {
    const child = await start(
      `process.on("SIGTERM", () => process.exit(0)); console.log("up"); setInterval(() => {}, 9e6)`,
    );
    child.pause();
    await child.stop();
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it("that ignores SIGTERM is ended at the deadline", async () => {
    const deaf = `process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 9e6)`;
    const child = await start(deaf, { stopTimeoutMs: 100 });
    await child.stop();
    expect(await child.exited).toEqual({ code: null, signal: "SIGKILL" });
  });

  it.each(["is killed", "ends by itself"])("takes its own children with it when it %s", async (how) => {
    const child = await start(
      `const c = require("node:child_process").spawn("sleep", ["1000"]); ${endsAtWill(0)} console.log("up " + c.pid)`,
    );
    if (how === "is killed") child.kill();
    else process.kill(child.pid, "SIGUSR2");
    await child.exited;
    expect(await isGone(Number(child.announced.slice(3)))).toBe(true);
  });

  it("that ends unasked is told, one that was killed is not", async () => {
    const crashing = await start(`${endsAtWill(7)} console.log("up")`);
    process.kill(crashing.pid, "SIGUSR2");
    await crashing.exited;
    const killed = await start(`console.log("up"); setInterval(() => {}, 9e6)`);
    killed.kill();
    await killed.exited;
    expect(said.filter((line) => line.includes("ended by itself"))).toEqual([
      expect.stringContaining("(exit status 7)"),
    ]);
  });

  it.each(["SIGKILL", "SIGINT", "SIGHUP", undefined] as const)(
    "does not outlive its parent, which ends by %s",
    async (signal) => {
      const launcher = join(import.meta.dirname, "..", "index.ts");
      const parent = `
      import { startProcess } from ${JSON.stringify(launcher)};
      const child = await startProcess({
        name: "grandchild", command: process.execPath, log: () => {}, readyLine: "up",
        args: ["-e", 'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 9e6)'],
      });
      process.on("SIGUSR2", () => process.exit(0));
      console.log("started " + child.pid + " up");
    `;
      const arguments_ = ["--import", "tsx", "--conditions=@sallyport/source", "--input-type=module", "-e", parent];
      const cwd = join(import.meta.dirname, "../../../..");
      const child = await start("", { args: arguments_, cwd, readyLine: /started \d+ up/ });
      const grandchild = Number(/\d+/.exec(child.announced)?.[0]);
      process.kill(child.pid, signal ?? "SIGUSR2");
      expect(await isGone(grandchild)).toBe(true);
    },
  );
});
