import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Environment } from "../environment.ts";
import { freePort } from "../free-port.ts";
import type { Log } from "../log.ts";
import { openDataFolder } from "../process/data-folder.ts";
import { startProcess, type RunningProcess } from "../process/start-process.ts";
import { withDataFolder } from "../process/with-data-folder.ts";
import { provideSoftware } from "../provide/provide-software.ts";
import { redisAnswers } from "./redis-answers.ts";
import { redisArguments, type AppendFsync } from "./redis-arguments.ts";

/** How to start a server; only `log` is needed. */
export interface RedisOptions {
  readonly log: Log;
  /** Kept when given, and found again by the next start with it; otherwise scratch, which ends with `stop`. */
  readonly dataDir?: string;
  /** That of the last start with this `dataDir`, otherwise a free one, when left out. */
  readonly port?: number;
  /** `always` when left out. */
  readonly appendFsync?: AppendFsync;
  /** Ours when left out. PATH is read. */
  readonly env?: Environment;
}

/** A real Redis or Valkey, on 127.0.0.1 only. Restarts on its port with its data; `kill` is a `kill -9`. */
export interface RunningRedis extends RunningProcess {
  readonly url: string;
}

const lastPort = async (file: string): Promise<number | undefined> => {
  const text = await readFile(file, "utf8").catch(() => "");
  return /^\d+$/.test(text) ? Number(text) : undefined;
};

/** Starts a server of its own and waits until it serves, also where REDIS_URL names another. As many side by side as wanted. */
export const startRedis = async (options: RedisOptions): Promise<RunningRedis> => {
  const { log, dataDir, appendFsync = "always", env = process.env } = options;
  const { redis } = await provideSoftware(["redis"], { env, log });
  if (redis === undefined) throw new Error("No Redis was provided.");
  const folder = openDataFolder(dataDir, "redis");
  try {
    const portFile = join(folder.path, "port");
    const port = options.port ?? (await lastPort(portFile)) ?? (await freePort());
    await writeFile(portFile, String(port));
    const server = await startProcess({
      name: "redis",
      command: redis,
      args: redisArguments({ port, dir: folder.path, appendFsync }),
      env,
      cwd: folder.path,
      log,
      logFile: join(folder.path, "redis.log"),
      readyWhen: () => redisAnswers(port),
    });
    return withDataFolder(server, folder, { url: `redis://127.0.0.1:${port}` });
  } catch (error) {
    await folder.release();
    throw error;
  }
};
