import { DEFAULT_DATA_FOLDER } from "./data-folder.ts";
import { portOf, readOptions } from "./options.ts";
import type { Ready } from "./ready.ts";
import { startEmbedded } from "./start-embedded.ts";
import { untilStopped } from "./until-stopped.ts";

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
  process.stderr.write("sallyport: starting …\n");
  const system = await startEmbedded({
    dataDir: options.data,
    port: portOf(options.port, "port", 8443),
    armPort: portOf(options["arm-port"], "arm-port", 0),
    ec2Port: portOf(options["ec2-port"], "ec2-port", 0),
    world: "demo",
    logLevel: options.verbose ? "info" : "warn",
  });
  console.log(options.json ? JSON.stringify(system.ready) : welcome(system.ready));
  await untilStopped();
  process.stderr.write("sallyport: stopping …\n");
  await system.close();
}

const welcome = ({ url, tokens, simulator }: Ready): string => `
  Sallyport is up: ${url}   (API description: ${url}/openapi.json)
  It guards a demonstration estate: two Azure subscriptions and an AWS account, simulated on this machine.

  Three people; copy what you need:

    export ADMIN='${tokens.administrator}'
    export ENGINEER='${tokens.requester}'
    export READER='${tokens.reader}'

  Three things to try:

  1. Which VMs are exposed?
     curl -s -H "Authorization: Bearer $READER" '${url}/v1/vms?status=Unhealthy&limit=5'

  2. Close the management ports of one. (The key of a VM is its vmKey above; names work in requests.)
     KEY=$(curl -s -H "Authorization: Bearer $ADMIN" '${url}/v1/vms?name=vm-jump-01' | node -p 'JSON.parse(require("fs").readFileSync(0)).items[0].vmKey')
     curl -s -X PUT -H "Authorization: Bearer $ADMIN" -H 'Content-Type: application/json' \\
       -d '{"ports":[{"port":22}],"lockdown":{"precedence":"strict"}}' "${url}/v1/vms/$KEY/policy"

  3. Ask to be let in for a minute, and wait for the answer.
     curl -s -X POST -H "Authorization: Bearer $ENGINEER" -H 'Content-Type: application/json' -H "Idempotency-Key: $RANDOM$RANDOM" -H 'Prefer: wait=20' \\
       -d '{"vm":"vm-jump-01","ports":[22],"sources":["198.51.100.77"],"duration":"PT1M","justification":"trying it out"}' ${url}/v1/access-requests

  Who gets in, by the simulated cloud's own evaluation:
     curl -s '${simulator.ec2.url}/_control/reachable?vm=vm-jump-01&port=22&source=198.51.100.77'

  Ctrl-C stops it; the next start goes on where it was.
`;
