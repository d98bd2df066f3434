import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { Environment } from "../environment.ts";
import type { Log } from "../log.ts";
import { lastLines } from "../run-command.ts";
import { waitUntil } from "../wait-until.ts";
import { spawnIncarnation, type Exit, type Incarnation } from "./incarnation.ts";
import { readyNow, type Readiness } from "./readiness.ts";
import { scratchFolder } from "./scratch-folder.ts";

/** What to start, and how to know that it is ready. */
export type ProcessOptions = Readiness & {
  /** For people: log lines and errors begin with it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The child's whole environment; ours when left out. */
  readonly env?: Environment;
  readonly cwd?: string;
  readonly log: Log;
  /** Receives the child's output, appended; a scratch file when left out. Its last lines are quoted when the start fails. */
  readonly logFile?: string;
  /** How long a start may take until ready; two minutes when left out. */
  readonly readyTimeoutMs?: number;
  /** How long `stop` waits after SIGTERM before SIGKILL; 10 s when left out. */
  readonly stopTimeoutMs?: number;
};

/** A child process that can be stopped, killed, paused and started again, as the same one. */
export interface RunningProcess {
  readonly name: string;
  /** Of the present life; another one as soon as `restart` has begun it. */
  readonly pid: number;
  /** The line that said it is ready, for those that were waited for by line; otherwise empty. */
  readonly announced: string;
  /** How the present life ends. */
  readonly exited: Promise<Exit>;
  /** At once, without waiting for the end, also while it is starting again; SIGKILL when left out. */
  readonly kill: (signal?: NodeJS.Signals) => void;
  /** SIGSTOP: it holds its sockets and answers nothing. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** SIGTERM, and SIGKILL when the deadline passes. Nothing happens when it has ended. */
  readonly stop: () => Promise<void>;
  /** Stops it if it lives, starts it anew and waits until it is ready. Throws like the first start. */
  readonly restart: () => Promise<void>;
}

/** For one that hangs, not for a machine that is busy: one that ends is told at once. */
const defaultReadyTimeoutMs = 120_000;
const defaultStopTimeoutMs = 10_000;

const describeExit = ({ code, signal }: Exit): string => (signal === null ? `exit status ${code}` : `signal ${signal}`);

const end = async (life: Incarnation, timeoutMs: number): Promise<void> => {
  life.signal("SIGTERM");
  life.signal("SIGCONT"); // a paused process takes no SIGTERM
  const cancel = new AbortController();
  const late = sleep(timeoutMs, true, { signal: cancel.signal }).catch(() => false);
  const isLate = await Promise.race([life.exited.then(() => false), late]);
  cancel.abort();
  if (isLate) life.signal("SIGKILL");
  await life.exited;
};

/** Starts a process and waits until it is ready; it ends with this process at the latest. Throws, with its last lines, when it does not get ready. */
export const startProcess = async (options: ProcessOptions): Promise<RunningProcess> => {
  const { name, log, command, args, cwd, env = process.env, stopTimeoutMs = defaultStopTimeoutMs } = options;
  const logFile = options.logFile ?? join(scratchFolder("log"), "output.log");
  const asked = new WeakSet<Incarnation>();
  /** The life that is not ready yet. */
  let starting: Incarnation | undefined;

  const launch = async (): Promise<{ readonly life: Incarnation; readonly announced: string }> => {
    const began = performance.now();
    const life = await spawnIncarnation({ command, args, env, logFile, ...(cwd !== undefined && { cwd }) });
    starting = life;
    const timeoutMs = options.readyTimeoutMs ?? defaultReadyTimeoutMs;
    const announced = await waitUntil(
      async () => (life.exit === undefined ? readyNow(options, { file: logFile, start: life.logStart }) : "ended"),
      { timeoutMs },
    );
    starting = undefined;
    if (announced === undefined || life.exit !== undefined) {
      const why = life.exit === undefined ? `not ready after ${timeoutMs} ms` : describeExit(life.exit);
      life.signal("SIGKILL");
      await life.exited;
      const said = lastLines((await readFile(logFile)).subarray(life.logStart).toString("utf8"));
      throw new Error(`${name} did not start: ${why}.${said === "" ? "" : `\n${said}`}`);
    }
    log(`${name}: ready after ${((performance.now() - began) / 1000).toFixed(1)} s (process ${life.pid})`);
    void life.exited.then((exit) => {
      if (!asked.has(life)) log(`${name}: ended by itself (${describeExit(exit)}); its output is in ${logFile}`);
    });
    return { life, announced };
  };

  let present = await launch();
  const stop = async (): Promise<void> => {
    asked.add(present.life);
    await end(present.life, stopTimeoutMs);
  };
  return {
    name,
    get pid() {
      return (starting ?? present.life).pid;
    },
    get announced() {
      return present.announced;
    },
    get exited() {
      return present.life.exited;
    },
    kill: (signal = "SIGKILL") => {
      const life = starting ?? present.life;
      asked.add(life);
      life.signal(signal);
    },
    pause: () => present.life.signal("SIGSTOP"),
    resume: () => present.life.signal("SIGCONT"),
    stop,
    restart: async () => {
      await stop();
      present = await launch();
    },
  };
};
