import { readFileSync } from "node:fs";
import type { Log, Running } from "@sallyport/backbone";
import { SallyportError } from "@sallyport/contracts";
import { createLogger } from "./create-logger.ts";
import { createPrometheusMetrics } from "./prometheus-metrics.ts";
import type { PrometheusMetrics } from "./prometheus-metrics.ts";
import { readConfig } from "./read-config.ts";
import type { ConfigOf, Settings } from "./read-config.ts";
import { runService } from "./run-service.ts";
import { serveHealth } from "./serve-health.ts";
import type { processSettings } from "./common-settings.ts";

/** What a service's `main.ts` is given to build with. */
export interface ProcessKit<S extends Settings> {
  readonly config: ConfigOf<S>;
  readonly log: Log;
  readonly metrics: PrometheusMetrics;
}

/** What a service's `main.ts` has built. */
export interface Built {
  /** Closed in this order when the process is asked to stop. */
  readonly running: readonly Running[];
  readonly ready: Readonly<Record<string, () => Promise<boolean> | boolean>>;
  readonly alive?: () => boolean;
}

/**
 * One process of the cluster: reads its configuration (all mistakes reported at once, exit status 1), builds, serves health and
 * metrics, runs until it is asked to stop.
 */
export async function startProcess<S extends Settings & typeof processSettings>(
  service: string,
  settings: S,
  env: Readonly<Record<string, string | undefined>>,
  build: (kit: ProcessKit<S>) => Promise<Built>,
): Promise<void> {
  const config = configOrExit(settings, env);
  const { logLevel, healthHost, healthPort } = config as ConfigOf<typeof processSettings>;
  const log = createLogger({ service, level: logLevel });
  const metrics = createPrometheusMetrics(service);
  await runService({
    log,
    start: async () => {
      const { running, ...checks } = await build({ config, log, metrics });
      const health = await serveHealth({ host: healthHost, port: healthPort, metrics, version: "0.1.0", ...checks });
      log.info("health and metrics are served", { host: healthHost, port: health.port });
      return [...running, health];
    },
  });
}

function configOrExit<S extends Settings>(settings: S, env: Readonly<Record<string, string | undefined>>): ConfigOf<S> {
  try {
    return readConfig(settings, { env, readFile: (path) => readFileSync(path, "utf8") });
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
