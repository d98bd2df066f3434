import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import type { Environment } from "../environment.ts";
import type { Log } from "../log.ts";
import { startProcess } from "../process/start-process.ts";
import { withFileLock } from "../provide/file-lock.ts";
import { provideSoftware } from "../provide/provide-software.ts";
import { lastLines, runCommand } from "../run-command.ts";
import { brokerAnswers } from "./broker-answers.ts";
import { furnishBrokerFolder } from "./broker-folder.ts";
import { brokerArguments, classPathOf, clusterIdOf, formatArguments } from "./java-arguments.ts";
import { fetchJars, jarsAtHand } from "./kafka-jars.ts";
import { serverProperties } from "./server-properties.ts";

/** All that a broker is started from. */
export interface KafkaInstallation {
  readonly java: string;
  readonly classPath: string;
  /** A formatted data folder, to be copied. */
  readonly template: string;
  /** The recorded classes; undefined where this Java cannot record them: a start then takes a second more. */
  readonly archive: string | undefined;
}

/** Where things come from and go to. */
export interface KafkaPlaces {
  readonly cacheDir: string;
  readonly env: Environment;
  readonly log: Log;
}

/** What a class archive is bound to: another Java, another jar or another time stamp makes another key. */
const archiveKey = async (java: string, version: string, jars: readonly string[]): Promise<string> => {
  const stamps = await Promise.all(
    jars.toSorted().map(async (jar) => {
      const { size, mtimeMs } = await stat(jar);
      return `${jar} ${size} ${mtimeMs}`;
    }),
  );
  return createHash("sha256")
    .update([java, version, ...stamps].join("\n"))
    .digest("hex")
    .slice(0, 16);
};

const format = async (java: string, classPath: string, partial: string, env: Environment): Promise<void> => {
  const properties = join(partial, "format.properties");
  // The ports are in no formatted file; any will do.
  await writeFile(
    properties,
    serverProperties({ port: 9092, controllerPort: 9093, logDir: join(partial, "template") }),
  );
  const run = await runCommand(java, formatArguments(classPath, clusterIdOf(randomBytes(16)), properties), { env });
  if (run.status !== 0) throw new Error(`Kafka's format failed:\n${lastLines(`${run.stdout}\n${run.stderr}`)}`);
};

/** A short life, from start to a graceful end, is as good a recording as one under load. */
const record = async (java: string, classPath: string, partial: string, { env }: KafkaPlaces): Promise<void> => {
  const folder = join(partial, "recording");
  await mkdir(folder, { recursive: true });
  const { port, propertiesFile, logFile } = await furnishBrokerFolder(folder, join(partial, "template"));
  const broker = await startProcess({
    name: "kafka (recording its classes)",
    command: java,
    args: brokerArguments({ classPath, propertiesFile, archive: { record: join(partial, "kafka.jsa") } }),
    env,
    cwd: folder,
    log: () => {},
    logFile,
    readyWhen: () => brokerAnswers(port),
    readyTimeoutMs: 60_000,
    stopTimeoutMs: 60_000,
  });
  await broker.stop();
  await rm(folder, { recursive: true, force: true });
};

/** Finds or makes everything a broker needs: Java, the jars, a formatted folder, the class archive. What is made is made once, whoever else asks at the same time. */
export const prepareKafka = async (places: KafkaPlaces): Promise<KafkaInstallation> => {
  const { cacheDir, env, log } = places;
  const atHand = await jarsAtHand(cacheDir, env);
  const found = await provideSoftware(atHand.length > 0 ? ["java"] : ["java", "maven"], { env, log });
  if (found.java === undefined) throw new Error("No Java was provided.");
  const jars = atHand.length > 0 ? atHand : await fetchJars(found, places);
  const java = found.java.command;
  const classPath = classPathOf(jars);
  const ready = join(cacheDir, "kafka-prepared", await archiveKey(java, found.java.version, jars));
  const installation = async (): Promise<KafkaInstallation | undefined> => {
    const names = await readdir(ready).catch(() => undefined);
    if (names === undefined) return undefined;
    const archive = names.includes("kafka.jsa") ? join(ready, "kafka.jsa") : undefined;
    return { java, classPath, template: join(ready, "template"), archive };
  };

  return (
    (await installation()) ??
    (await withFileLock(`${ready}.lock`, async () => {
      const made = await installation();
      if (made !== undefined) return made;
      log("kafka: preparing fast starts (once; about 8 seconds) …");
      const partial = `${ready}.partial`;
      await rm(partial, { recursive: true, force: true });
      await mkdir(join(partial, "template"), { recursive: true });
      await format(java, classPath, partial, env);
      await record(java, classPath, partial, places);
      await rename(partial, ready); // whole or not at all
      const result = await installation();
      if (result === undefined) throw new Error(`${basename(ready)} vanished from the cache while it was made.`);
      if (result.archive === undefined)
        log("kafka: this Java records no class archive; each start takes a second more.");
      return result;
    }))
  );
};
