import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Environment } from "../environment.ts";
import type { Log } from "../log.ts";
import { withFileLock } from "./file-lock.ts";
import { findExecutable } from "./find-executable.ts";
import { findJava, type Java } from "./find-java.ts";
import { install } from "./install.ts";
import { lookAtHost } from "./look-at-host.ts";
import { planInstall } from "./plan-install.ts";
import type { Software } from "./software.ts";

/** Paths of what was found; undefined is what is missing. */
export interface Found {
  readonly java: Java | undefined;
  readonly maven: string | undefined;
  readonly redis: string | undefined;
}

const look = async (needed: readonly Software[], env: Environment): Promise<Found> => ({
  java: needed.includes("java") ? await findJava(env) : undefined,
  maven: needed.includes("maven") ? await findExecutable(["mvn"], env["PATH"]) : undefined,
  redis: needed.includes("redis") ? await findExecutable(["redis-server", "valkey-server"], env["PATH"]) : undefined,
});

const missingOf = (needed: readonly Software[], found: Found): readonly Software[] =>
  needed.filter((what) => found[what] === undefined);

/**
 * Finds the programs asked for, and installs what is missing where the user may (settled.md §7). Says so in one line. One process of
 * a user at a time installs; the others then find it done. Throws with what to install by hand when it cannot.
 */
export const provideSoftware = async (
  needed: readonly Software[],
  { env, log }: { readonly env: Environment; readonly log: Log },
): Promise<Found> => {
  const found = await look(needed, env);
  if (missingOf(needed, found).length === 0) return found;
  const lock = join(tmpdir(), `sallyport-install-${process.getuid?.() ?? "user"}.lock`);
  return withFileLock(lock, async () => {
    const missing = missingOf(needed, await look(needed, env));
    const plan = planInstall(missing, await lookAtHost(env));
    if (plan.kind === "apt" || plan.kind === "brew") log(plan.announcement);
    await install(plan, env);
    const now = await look(needed, env);
    const still = missingOf(needed, now);
    if (still.length > 0) throw new Error(`Installed, and yet not found on the PATH: ${still.join(", ")}.`);
    return now;
  });
};
