import { DEFAULT_DATA_FOLDER } from "./data-folder.ts";
import { portOf, readOptions } from "./options.ts";
import { requiredPlanOf } from "./required-plan.ts";
import { startEmbedded } from "./start-embedded.ts";
import { untilStopped } from "./until-stopped.ts";
import { welcome } from "./welcome.ts";

/** `npm start`: the embedded system against the demonstration's world. Running it again goes on where it was. */
export async function start(args: readonly string[]): Promise<void> {
  const options = readOptions(args, {
    port: { type: "string" },
    "arm-port": { type: "string" },
    "ec2-port": { type: "string" },
    data: { type: "string", default: DEFAULT_DATA_FOLDER },
    json: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  });
  const requirePlan = requiredPlanOf(process.env);
  process.stderr.write("sallyport: starting …\n");
  const system = await startEmbedded({
    dataDir: options.data,
    port: portOf(options.port, "port", 8443),
    armPort: portOf(options["arm-port"], "arm-port", 0),
    ec2Port: portOf(options["ec2-port"], "ec2-port", 0),
    world: "demo",
    logLevel: options.verbose ? "info" : "warn",
    requirePlan,
  });
  console.log(options.json ? JSON.stringify(system.ready) : welcome(system.ready));
  await untilStopped();
  process.stderr.write("sallyport: stopping …\n");
  await system.close();
}
