import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Ran } from "./python-environment.ts";

/** Builds the client of `go-client/` into `binary` and runs it; `undefined` on a machine without Go. */
export async function goClient(
  binary: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ran | undefined> {
  if (spawnSync("go", ["version"]).error !== undefined) return undefined;
  const folder = join(import.meta.dirname, "go-client");
  const built = spawnSync("go", ["build", "-o", binary, "."], { cwd: folder, encoding: "utf8" });
  if (built.status !== 0) return built;
  return new Promise((resolve, reject) => {
    const child = spawn(binary, [...args], { env: { ...env } });
    const said = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => (said.stdout += String(chunk)));
    child.stderr.on("data", (chunk) => (said.stderr += String(chunk)));
    child.once("error", reject).once("close", (status) => resolve({ status, ...said }));
  });
}
