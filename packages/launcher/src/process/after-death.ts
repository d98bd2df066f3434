import { spawn } from "node:child_process";
import { Socket } from "node:net";
import type { Writable } from "node:stream";

interface Keeper {
  /** A line here is a line of its input; the end of the input is our end. */
  readonly input: Writable;
  /** Sends it away without its deed. */
  readonly dismiss: () => void;
}

/**
 * A shell in a session of its own, which waits on a pipe that only we hold open: so something is done when this process is gone,
 * however it went. An exit hook sees a normal exit only, and neither ctrl-C, a closed terminal, nor `kill -9`.
 */
const startKeeper = (script: string, ...args: string[]): Keeper => {
  const keeper = spawn("sh", ["-c", script, "keeper", ...args], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // It must neither keep us alive nor end us: without it, only the safety net is missing.
  keeper.on("error", () => {});
  keeper.stdin.on("error", () => {});
  keeper.unref();
  if (keeper.stdin instanceof Socket) keeper.stdin.unref();
  return { input: keeper.stdin, dismiss: () => void keeper.kill("SIGKILL") };
};

/**
 * When this process is gone, ends the process group of `leader`. Call the answer as soon as the group is known to have ended.
 * (Spelled `-s KILL`: dash knows no `kill -9 --`.)
 */
export const killAfterDeath = (leader: number): (() => void) =>
  startKeeper('read -r line; kill -s KILL -- "-$1"', String(leader)).dismiss;

let folders: Keeper | undefined;

/** When this process is gone, removes the folder; a moment late, so that whoever still writes in it has been ended. */
export const removeAfterDeath = (folder: string): void => {
  folders ??= startKeeper('while IFS= read -r line; do set -- "$@" "$line"; done; sleep 1; rm -rf -- "$@"');
  folders.input.write(`${folder}\n`);
};
