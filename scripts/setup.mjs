// The only bootstrap: Node's own modules alone. Installs what the lockfile asks for when it changed, and is silent on stdout.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`sallyport needs Node 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}

const asked = createHash("sha256");
for (const file of ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"])
  asked.update(readFileSync(join(root, file)));
const wanted = `${asked.digest("hex")} node-${major}`;
const stamp = join(root, "node_modules", ".sallyport-setup");
const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";

if (installed !== wanted) {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  process.stderr.write("sallyport: installing dependencies (once; about ten seconds) …\n");
  const npx = process.platform === "win32" ? "npx.cmd" : "npx";
  const run = spawnSync(npx, ["-y", packageManager, "install", "--frozen-lockfile", "--reporter=append-only"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    env: { ...process.env, npm_config_loglevel: "error" },
  });
  if (run.status !== 0) {
    process.stderr.write(
      `${run.stdout ?? ""}${run.stderr ?? ""}\nsallyport: the install failed; the lines above say why.\n`,
    );
    process.exit(run.status ?? 1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
  process.stderr.write("sallyport: dependencies are in place.\n");
}
