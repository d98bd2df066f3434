import { join, resolve } from "node:path";
import type { Clock } from "@sallyport/backbone";
import { startProcess } from "@sallyport/launcher";
import { supervise } from "./supervise.ts";
import type { Supervised } from "./supervise.ts";

const services = resolve(import.meta.dirname, "../../..");

export interface NodeOptions {
  readonly name: string;
  /** The folder in `services` whose build is run. */
  readonly script: string;
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** What the child inherits is taken from here: the way to find programs and temporary folders, and no setting of ours. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logs: string;
  readonly clock: Clock;
  readonly say: (line: string) => void;
}

const INHERITED = ["PATH", "HOME", "TMPDIR", "LANG", "TZ", "NODE_OPTIONS"];

/** One of our own processes, supervised; what it says is appended to a file of its name in `logs`. */
export async function startNode(
  { name, script, args, variables, env, logs, clock, say }: NodeOptions,
  readiness: { readonly readyLine: string } | { readonly readyUrl: string },
): Promise<{ readonly supervised: Supervised; readonly announced: string }> {
  const inherited = INHERITED.flatMap((variable) => {
    const value = env[variable];
    return value === undefined ? [] : [[variable, value] as const];
  });
  const child = await startProcess({
    name,
    command: process.execPath,
    args: ["--enable-source-maps", join(services, script, "dist/main.js"), ...args],
    env: { ...Object.fromEntries(inherited), KAFKAJS_NO_PARTITIONER_WARNING: "1", ...variables },
    log: say,
    logFile: join(logs, `${name}.log`),
    ...readiness,
  });
  return { supervised: supervise(child, { clock, say }), announced: child.announced };
}
