import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createSystemClock, wait } from "@sallyport/backbone";

/** What is compared with, pinned: another version has other gaps. */
const PACKAGES = ["moto[server]==5.2.5", "boto3==1.44.8", "awscli==1.46.3"];

export interface PythonEnvironment {
  readonly run: (args: readonly string[], env: Readonly<Record<string, string>>) => Promise<Ran>;
  /** The AWS command line of this environment. */
  readonly aws: (args: readonly string[], env: Readonly<Record<string, string>>) => Promise<Ran>;
  readonly start: (args: readonly string[]) => ChildProcess;
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A virtual environment in `folder` with what is pinned, made on first use. Throws with what pip said when it cannot be made. */
export async function pythonEnvironment(folder: string, say: (line: string) => void): Promise<PythonEnvironment> {
  const python = join(folder, "bin", "python");
  const stamp = join(folder, "packages.txt");
  const wanted = PACKAGES.join("\n");
  if (!existsSync(stamp) || (await readFile(stamp, "utf8")) !== wanted) {
    say(`making a Python environment with ${PACKAGES.join(", ")} (once) …`);
    must(spawnSync("python3", ["-m", "venv", folder], { encoding: "utf8" }), "python3 -m venv");
    must(spawnSync(python, ["-m", "pip", "install", "--quiet", ...PACKAGES], { encoding: "utf8" }), "pip install");
    await writeFile(stamp, wanted);
  }
  const runIt = (command: string) => (args: readonly string[], env: Readonly<Record<string, string>>) =>
    new Promise<Ran>((resolve, reject) => {
      const child = spawn(command, [...args], { env: { PATH: "/usr/bin:/bin", ...env } });
      const said = { stdout: "", stderr: "" };
      child.stdout.on("data", (chunk) => (said.stdout += String(chunk)));
      child.stderr.on("data", (chunk) => (said.stderr += String(chunk)));
      child.once("error", reject).once("close", (status) => resolve({ status, ...said }));
    });
  return {
    run: runIt(python),
    aws: runIt(join(folder, "bin", "aws")),
    start: (args) => spawn(python, [...args], { stdio: "ignore" }),
  };
}

function must({ status, stderr, error }: Ran & { readonly error?: Error }, what: string): void {
  if (status !== 0) throw new Error(`${what} failed: ${error?.message ?? stderr}`);
}

/** Starts moto's server on a free port and waits until it answers. */
export async function startMoto({
  start,
}: PythonEnvironment): Promise<{ readonly url: string; readonly stop: () => void }> {
  const port = await freePort();
  const child = start(["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)]);
  const url = `http://127.0.0.1:${port}`;
  const clock = createSystemClock();
  for (let tries = 0; tries < 150; tries += 1) {
    const answer = await fetch(`${url}/moto-api/`).catch(() => undefined);
    if (answer?.ok === true) return { url, stop: () => child.kill() };
    await wait(clock, 200);
  }
  child.kill();
  throw new Error("moto did not answer within 30 s");
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
