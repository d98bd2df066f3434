import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { settingOf, type Environment } from "../environment.ts";
import { runCommand } from "../run-command.ts";
import { findExecutable } from "./find-executable.ts";

/** The oldest Java that the broker runs on. */
export const oldestJava = 17;

/** A Java runtime; `version` is all that it says about itself, so that another build is another text. */
export interface Java {
  readonly command: string;
  readonly version: string;
}

/** The feature release in the output of `java -version`: 17 of `"17.0.15"`, 8 of `"1.8.0_392"`, 25 of `"25"`. */
export const javaRelease = (output: string): number | undefined => {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(output) ?? [];
  if (first === undefined) return undefined;
  return Number(first === "1" && second !== undefined ? second : first);
};

/** Where package managers put a Java without putting it, or the right one, on the PATH. */
const elsewhere = async (): Promise<readonly string[]> => {
  const debian = await readdir("/usr/lib/jvm").catch(() => []);
  return [
    ...debian.map((name) => join("/usr/lib/jvm", name, "bin")),
    ...["/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"].map((brew) => join(brew, "opt/openjdk/bin")),
  ];
};

/** The first Java of at least the oldest release: of JAVA_HOME, of the PATH, of where package managers put it. */
export const findJava = async (env: Environment): Promise<Java | undefined> => {
  const home = settingOf(env, "JAVA_HOME");
  const places = [
    ...(home === undefined ? [] : [join(home, "bin")]),
    ...(env["PATH"] ?? "").split(":"),
    ...(await elsewhere()),
  ];
  for (const place of places) {
    const command = await findExecutable(["java"], place);
    if (command === undefined) continue;
    const { status, stderr } = await runCommand(command, ["-version"], { env });
    if (status === 0 && (javaRelease(stderr) ?? 0) >= oldestJava) return { command, version: stderr.trim() };
  }
  return undefined;
};
