import { join } from "node:path";
import { DEFAULT_DATA_FOLDER } from "./data-folder.ts";
import { portOf, readOptions } from "./options.ts";
import { requiredPlanOf } from "./required-plan.ts";
import { startCluster } from "./start-cluster.ts";
import { untilStopped } from "./until-stopped.ts";
import { welcome } from "./welcome.ts";

/** `npm run cluster`: the system as separate processes on a real Kafka and a real Redis. Running it again goes on where it was. */
export async function cluster(args: readonly string[]): Promise<void> {
  const options = readOptions(args, {
    port: { type: "string" },
    data: { type: "string", default: join(DEFAULT_DATA_FOLDER, "cluster") },
    json: { type: "boolean", default: false },
  });
  const requirePlan = requiredPlanOf(process.env);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const stopped = untilStopped();
  say("sallyport: starting the cluster …");
  const system = await startCluster({
    dataDir: options.data,
    port: portOf(options.port, "port", 8443),
    say,
    requirePlan,
  });
  console.log(options.json ? JSON.stringify(system.ready) : welcome(system.ready));
  await stopped;
  say("sallyport: stopping …");
  await system.close();
}
