import { spawn } from "node:child_process";
import { closeSync, fstatSync, openSync } from "node:fs";

import { errorCode } from "../error-code.ts";
import type { Environment } from "../environment.ts";
import { killAfterDeath } from "./after-death.ts";

/** How a process ended: one of the two is null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One life of a child process, which leads a process group of its own. */
export interface Incarnation {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** Undefined while it lives. */
  readonly exit: Exit | undefined;
  /** Where in the log file this life's output begins, in bytes. */
  readonly logStart: number;
  /** To the whole group; nothing happens when it has ended. */
  readonly signal: (signal: NodeJS.Signals) => void;
}

const signalGroup = (leader: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if (errorCode(error) !== "ESRCH") throw error; // it ended by itself in this moment
  }
};

/**
 * Starts a command. Its output is appended to the log file by the system, not through us: a child whose parent is busy or paused must
 * not block on a full pipe. Its group is ended when this process is gone. Throws when the command cannot be started.
 */
export const spawnIncarnation = async (of: {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Environment;
  readonly cwd?: string;
  readonly logFile: string;
}): Promise<Incarnation> => {
  const output = openSync(of.logFile, "a");
  const logStart = fstatSync(output).size;
  const child = spawn(of.command, [...of.args], {
    env: of.env,
    ...(of.cwd !== undefined && { cwd: of.cwd }),
    stdio: ["ignore", output, output],
    detached: true,
  });
  closeSync(output);
  const { pid } = child;
  if (pid === undefined) {
    const cause = await new Promise<Error>((resolve) => child.once("error", resolve));
    throw new Error(`${of.command} could not be started: ${cause.message}`, { cause });
  }
  const dismiss = killAfterDeath(pid);
  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => {
      signalGroup(pid, "SIGKILL"); // what it left behind in its group
      dismiss();
      exit = { code, signal };
      resolve(exit);
    });
  });
  return {
    pid,
    exited,
    logStart,
    get exit() {
      return exit;
    },
    signal: (signal) => {
      if (exit === undefined) signalGroup(pid, signal);
    },
  };
};
