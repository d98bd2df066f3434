import type { Environment } from "../environment.ts";
import type { Log } from "../log.ts";
import { openDataFolder } from "../process/data-folder.ts";
import { startProcess, type RunningProcess } from "../process/start-process.ts";
import { withDataFolder } from "../process/with-data-folder.ts";
import { cacheDirOf } from "../provide/cache-dir.ts";
import { brokerAnswers } from "./broker-answers.ts";
import { furnishBrokerFolder } from "./broker-folder.ts";
import { brokerArguments } from "./java-arguments.ts";
import { prepareKafka } from "./kafka-installation.ts";

/** How to start a broker; only `log` is needed. */
export interface KafkaOptions {
  readonly log: Log;
  /** Kept when given, and found again by the next start with it; otherwise scratch, which ends with `stop`. */
  readonly dataDir?: string;
  /** That of the last start with this `dataDir`, otherwise a free one, when left out. */
  readonly port?: number;
  /** For what is fetched and made once; the user's cache folder when left out. */
  readonly cacheDir?: string;
  /** Ours when left out. KAFKA_HOME, JAVA_HOME, PATH, HOME and XDG_CACHE_HOME are read. */
  readonly env?: Environment;
}

/** A real Apache Kafka: one node, on 127.0.0.1 only. Restarts on its port with its data; `kill` is a `kill -9`. */
export interface RunningKafka extends RunningProcess {
  readonly brokers: readonly string[];
}

/** Starts a broker of its own and waits until it serves, also where KAFKA_BROKERS names another. As many side by side as wanted. */
export const startKafka = async (options: KafkaOptions): Promise<RunningKafka> => {
  const { log, dataDir, port: asked, env = process.env } = options;
  const { java, classPath, archive, template } = await prepareKafka({
    cacheDir: options.cacheDir ?? cacheDirOf(env),
    env,
    log,
  });
  const folder = openDataFolder(dataDir, "kafka");
  try {
    const { port, propertiesFile, logFile } = await furnishBrokerFolder(folder.path, template, asked);
    const broker = await startProcess({
      name: "kafka",
      command: java,
      args: brokerArguments({
        classPath,
        propertiesFile,
        archive: archive === undefined ? undefined : { use: archive },
      }),
      env,
      cwd: folder.path,
      log,
      logFile,
      readyWhen: () => brokerAnswers(port),
    });
    return withDataFolder(broker, folder, { brokers: [`127.0.0.1:${port}`] });
  } catch (error) {
    await folder.release();
    throw error;
  }
};
