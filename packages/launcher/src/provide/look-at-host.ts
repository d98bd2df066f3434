import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import type { Environment } from "../environment.ts";
import { runCommand } from "../run-command.ts";
import { findExecutable } from "./find-executable.ts";
import type { Host } from "./plan-install.ts";

const lists = "/var/lib/apt/lists";

/** By the time of the last change of the file's entry: its modification time is the mirror's, not ours. */
const listsAgeHours = async (): Promise<number | undefined> => {
  const names = (await readdir(lists).catch(() => [])).filter((name) => name.includes("_Packages"));
  const changed = await Promise.all(names.map(async (name) => (await stat(join(lists, name))).ctimeMs));
  return changed.length === 0 ? undefined : (Date.now() - Math.max(...changed)) / 3_600_000;
};

/** Who we are and which package managers are here. Asks sudo only whether it would ask for a password. */
export const lookAtHost = async (env: Environment): Promise<Host> => {
  const has = async (name: string): Promise<boolean> => (await findExecutable([name], env["PATH"])) !== undefined;
  const apt = await has("apt-get");
  const isRoot = process.getuid?.() === 0;
  const maySudo = apt && !isRoot && (await runCommand("sudo", ["-n", "true"], { env })).status === 0;
  return {
    apt,
    brew: await has("brew"),
    privilege: isRoot ? "root" : maySudo ? "sudo" : "none",
    listsAgeHours: await listsAgeHours(),
  };
};
