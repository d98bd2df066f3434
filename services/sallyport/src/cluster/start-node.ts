import { join, resolve } from "node:path";
import type { Clock } from "@sallyport/backbone";
import { startProcess } from "@sallyport/launcher";
import { supervise } from "./supervise.ts";
import type { Supervised } from "./supervise.ts";

const services = resolve(import.meta.dirname, "../../..");

export interface NodeOptions {
  readonly name: string;
  /** What Node is to run, and with which arguments. */
  readonly program: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** What the child inherits is taken from here: the way to find programs and temporary folders, and no setting of ours. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logs: string;
  readonly clock: Clock;
  readonly say: (line: string) => void;
}

const INHERITED = ["PATH", "HOME", "TMPDIR", "LANG", "TZ", "NODE_OPTIONS"];

/** The build of a folder in `services`. */
export const builtProgram = (service: string): readonly string[] => [
  "--enable-source-maps",
  join(services, service, "dist/main.js"),
];

/** One of our own processes, supervised; what it says is appended to a file of its name in `logs`. */
export async function startNode(
  { name, program, variables, env, logs, clock, say }: NodeOptions,
  readiness: { readonly readyLine: string } | { readonly readyUrl: string },
): Promise<{ readonly supervised: Supervised; readonly announced: string }> {
  const inherited = INHERITED.flatMap((variable) => {
    const value = env[variable];
    return value === undefined ? [] : [[variable, value] as const];
  });
  const child = await startProcess({
    name,
    command: process.execPath,
    args: program,
    env: { ...Object.fromEntries(inherited), KAFKAJS_NO_PARTITIONER_WARNING: "1", ...variables },
    log: say,
    logFile: join(logs, `${name}.log`),
    ...readiness,
  });
  return { supervised: supervise(child, { clock, say }), announced: child.announced };
}
