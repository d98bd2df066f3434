import { execFile } from "node:child_process";

import type { Environment } from "./environment.ts";

/** How a command ended. `status` is undefined when it could not be started or was ended by a signal. */
export interface CommandResult {
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end and answers how it went; never throws for the command's own failure. No shell is involved. */
export const runCommand = (
  command: string,
  args: readonly string[],
  options: { readonly env?: Environment; readonly cwd?: string } = {},
): Promise<CommandResult> =>
  new Promise((resolve) => {
    const child = execFile(
      command,
      [...args],
      {
        maxBuffer: 64 * 1024 * 1024,
        ...(options.env && { env: options.env }),
        ...(options.cwd && { cwd: options.cwd }),
      },
      (error, stdout, stderr) => {
        const unstarted = error !== null && child.pid === undefined;
        resolve({ status: child.exitCode ?? undefined, stdout, stderr: unstarted ? error.message : stderr });
      },
    );
    child.stdin?.end();
  });

/** The end of a long output: enough to see why, short enough to read in an error. */
export const lastLines = (text: string, count = 20): string => text.trimEnd().split("\n").slice(-count).join("\n");
