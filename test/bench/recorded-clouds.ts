// The simulated clouds, in memory, with a note of when each call arrived: what `simulate` takes and says, and `/_bench/…` beside it.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createSystemClock } from "@sallyport/backbone";
import { createSimulator, loadWorld, serveSimulator } from "@sallyport/simulator";
import type { WireHandler } from "@sallyport/simulator";
import { machineIn } from "./bench-estate.ts";
import { machineMs } from "./open-loop.ts";
import type { RecordedCall } from "./recording.ts";

const { values } = parseArgs({
  options: {
    world: { type: "string", default: "" },
    "arm-port": { type: "string", default: "0" },
    "ec2-port": { type: "string", default: "0" },
    data: { type: "string", default: "." },
    "jit-api": { type: "string" },
    json: { type: "boolean", default: true },
  },
});

let calls: RecordedCall[] = [];
let vmsAreGone = false;

const simulator = await createSimulator({
  world: await loadWorld(values.world),
  clock: createSystemClock(),
  auth: true,
});
const NOT_FOUND = {
  status: 404,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ error: { code: "ResourceNotFound", message: "gone, for the bench" } }),
};
const recorded: WireHandler = (request) => {
  const vm = machineIn(request.url);
  if (vm === undefined) return simulator.arm(request);
  calls.push({ vm, machineMs: machineMs(), wallMs: Date.now(), method: request.method });
  return vmsAreGone && request.method === "GET" ? Promise.resolve(NOT_FOUND) : simulator.arm(request);
};
const ec2: WireHandler = (request) => {
  const order = /^\/_bench\/(calls|gone|there)$/.exec(request.url)?.[1];
  if (order === undefined) return simulator.ec2(request);
  const taken = calls;
  calls = [];
  if (order !== "calls") vmsAreGone = order === "gone";
  return Promise.resolve({ status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(taken) });
};

const served = await serveSimulator(
  { ...simulator, arm: recorded, ec2 },
  { armPort: Number(values["arm-port"]), ec2Port: Number(values["ec2-port"]), host: "127.0.0.1" },
);
mkdirSync(values.data, { recursive: true });
const caFile = join(values.data, "simulator-ca.pem");
writeFileSync(caFile, served.caPem);
process.stdout.write(`${JSON.stringify({ ...served.ready, arm: { ...served.ready.arm, caFile } })}\n`);
