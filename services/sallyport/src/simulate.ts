import { createSystemClock } from "@sallyport/backbone";
import { createSimulator, loadWorld, serveSimulator } from "@sallyport/simulator";
import type { ServeOptions, ServedSimulator } from "@sallyport/simulator";
import { join } from "node:path";
import { createAzureDoor } from "./azure-door.ts";
import { DEFAULT_DATA_FOLDER, openDataFolder } from "./data-folder.ts";
import { withLeastRole } from "./least-role.ts";
import { portOf, readOptions, UsageError } from "./options.ts";
import { untilStopped } from "./until-stopped.ts";

export interface SimulateOptions {
  readonly world: string;
  readonly armPort: number;
  readonly ec2Port: number;
  readonly dataDir: string;
  readonly auth: boolean;
  /** Where it listens; loopback when left out. */
  readonly host?: string;
  /** By which name clients know it; the host when left out. */
  readonly name?: string;
  /** What Resource Manager's origin leaves to another service. */
  readonly elsewhere?: ServeOptions["elsewhere"];
}

/** Starts the simulated clouds, on loopback unless told otherwise; the world is kept in the data folder and survives a restart. */
export async function startSimulator({
  world,
  armPort,
  ec2Port,
  dataDir,
  auth,
  host = "127.0.0.1",
  name,
  elsewhere,
}: SimulateOptions): Promise<ServedSimulator> {
  const simulator = await createSimulator({
    world: withLeastRole(await worldNamed(world)),
    clock: createSystemClock(),
    dataDir: openDataFolder(dataDir),
    auth,
  });
  return serveSimulator(simulator, {
    armPort,
    ec2Port,
    host,
    ...(name !== undefined && { name }),
    ...(elsewhere && { elsewhere }),
  });
}

async function worldNamed(name: string): ReturnType<typeof loadWorld> {
  try {
    return await loadWorld(name);
  } catch (error) {
    throw new UsageError(
      `--world expects demo, empty or a world file: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** `npm run simulate`: the simulated clouds alone. */
export async function simulate(args: readonly string[]): Promise<void> {
  const options = readOptions(args, {
    world: { type: "string", default: "demo" },
    "arm-port": { type: "string" },
    "ec2-port": { type: "string" },
    data: { type: "string", default: join(DEFAULT_DATA_FOLDER, "clouds") },
    host: { type: "string", default: "127.0.0.1" },
    name: { type: "string" },
    "jit-api": { type: "string" },
    "no-auth": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  });
  const door = createAzureDoor();
  if (options["jit-api"] !== undefined) door.leadTo(urlOf(options["jit-api"]));
  const served = await startSimulator({
    ...(options["jit-api"] !== undefined && { elsewhere: door.elsewhere }),
    world: options.world,
    armPort: portOf(options["arm-port"], "arm-port", 7443),
    ec2Port: portOf(options["ec2-port"], "ec2-port", 7480),
    dataDir: options.data,
    auth: !options["no-auth"],
    host: options.host,
    ...(options.name !== undefined && { name: options.name }),
  });
  if (options.json) console.log(JSON.stringify(served.ready));
  else sayReady(served, !options["no-auth"]);
  await untilStopped();
  await served.close();
}

/** Where request-api listens: Azure's JIT API, which Resource Manager's origin passes on. */
function urlOf(text: string): string {
  if (/^https?:\/\/[^/?#]+\/?$/.test(text) && URL.canParse(text)) return text.replace(/\/$/, "");
  throw new UsageError(`--jit-api expects the URL at which request-api listens, as http://127.0.0.1:8443: ${text}`);
}

function sayReady({ ready: { arm, ec2 } }: ServedSimulator, auth: boolean): void {
  console.log(`
  The simulated clouds are up${auth ? "" : " (INSECURE: any token and any signature is taken)"}.

    Azure Resource Manager  ${arm.url}   (CA: ${arm.caFile})
      tenant ${arm.tenantId}, client ${arm.clientId}, secret ${arm.clientSecret}
      subscriptions ${arm.subscriptionIds.join(", ")}
    EC2 and STS             ${ec2.url}
      ${ec2.accounts.map(({ accountId, accessKeyId, secretAccessKey }) => `account ${accountId}: ${accessKeyId} / ${secretAccessKey}`).join("\n      ")}

  Ask them who gets in:
    curl -s --cacert ${arm.caFile} '${arm.url}/_control/reachable?vm=vm-web-01&port=22&source=203.0.113.7'

  Ctrl-C stops them; the world is kept.
`);
}
