import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { settingOf, type Environment } from "../environment.ts";
import type { Log } from "../log.ts";
import { withFileLock } from "../provide/file-lock.ts";
import type { Found } from "../provide/provide-software.ts";
import { lastLines, runCommand } from "../run-command.ts";
import { kafkaPom, kafkaVersion } from "./kafka-pom.ts";

const jarsIn = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(".jar")).map((name) => join(folder, name));
};

const cachedLibs = (cacheDir: string): string => join(cacheDir, `kafka-${kafkaVersion}`, "libs");

/** The jars that need no fetching: those of KAFKA_HOME, which throws when it has none, or those fetched before. Empty when there are none. */
export const jarsAtHand = async (cacheDir: string, env: Environment): Promise<readonly string[]> => {
  const home = settingOf(env, "KAFKA_HOME");
  if (home === undefined) return jarsIn(cachedLibs(cacheDir));
  const jars = await jarsIn(join(home, "libs"));
  if (jars.length === 0) throw new Error(`KAFKA_HOME is ${home}, and there are no jars in its folder libs.`);
  return jars;
};

/** Fetches the broker's jars with Maven into the cache, Maven's own repository included: HOME may be empty. */
export const fetchJars = async (
  { java, maven }: Pick<Found, "java" | "maven">,
  { cacheDir, env, log }: { readonly cacheDir: string; readonly env: Environment; readonly log: Log },
): Promise<readonly string[]> => {
  const libs = cachedLibs(cacheDir);
  const folder = dirname(libs);
  return withFileLock(join(folder, "fetch.lock"), async () => {
    const present = await jarsIn(libs);
    if (present.length > 0) return present;
    if (maven === undefined || java === undefined)
      throw new Error("Neither the Kafka broker's jars nor Maven are here.");
    log(`kafka: fetching Apache Kafka ${kafkaVersion} with Maven (once; 45 MB, about 15 seconds) …`);
    const partial = join(folder, "libs.partial");
    const pom = join(folder, "pom.xml");
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    await writeFile(pom, kafkaPom(kafkaVersion));
    const run = await runCommand(
      maven,
      [
        "-q",
        "-B",
        "-f",
        pom,
        `-Dmaven.repo.local=${join(cacheDir, "maven")}`,
        `-DoutputDirectory=${partial}`,
        "dependency:copy-dependencies",
      ],
      // Maven asks JAVA_HOME before the PATH; a Java that is on neither is told to it there.
      { cwd: folder, env: { ...env, JAVA_HOME: settingOf(env, "JAVA_HOME") ?? dirname(dirname(java.command)) } },
    );
    const fetched = await jarsIn(partial);
    if (run.status !== 0 || fetched.length === 0) {
      throw new Error(
        `Maven could not fetch Apache Kafka ${kafkaVersion}:\n${lastLines(`${run.stdout}\n${run.stderr}`)}`,
      );
    }
    await rename(partial, libs); // whole or not at all
    return jarsIn(libs);
  });
};
