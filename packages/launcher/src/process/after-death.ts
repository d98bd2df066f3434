import { spawn } from "node:child_process";
import { Socket } from "node:net";

/** Sends the keeper away without its deed. */
export type Dismiss = () => void;

/**
 * Has something done when this process is gone, however it went: normal exit, ctrl-C, a closed terminal, `kill -9`. An exit hook sees
 * only the first of these. A shell in a session of its own waits on a pipe that only we hold open; its end is our end.
 */
const afterDeath = (deed: string, argument: string): Dismiss => {
  const keeper = spawn("sh", ["-c", `read -r line; ${deed}`, "keeper", argument], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // It must neither keep us alive nor end us: without it, only the safety net is missing.
  keeper.on("error", () => {});
  keeper.stdin.on("error", () => {});
  keeper.unref();
  if (keeper.stdin instanceof Socket) keeper.stdin.unref();
  return () => {
    keeper.kill("SIGKILL");
  };
};

/** When this process is gone, `kill -9` for the process group of `leader`. Dismiss it as soon as the group is known to have ended. */
export const killAfterDeath = (leader: number): Dismiss => afterDeath('kill -9 -- "-$1"', String(leader));

/** When this process is gone, removes the folder. A moment late, so that whoever still writes in it has been ended. */
export const removeAfterDeath = (folder: string): Dismiss => afterDeath('sleep 1; rm -rf -- "$1"', folder);
