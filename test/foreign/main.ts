import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { EC2Client } from "@aws-sdk/client-ec2";
import { STSClient } from "@aws-sdk/client-sts";
import { createSystemClock } from "@sallyport/backbone";
import { createSimulator, serveSimulator, withAwsRole } from "@sallyport/simulator";
import { differences, normalised, refusalOf } from "./compare.ts";
import { exportEstate, makeEstate } from "./estate.ts";
import { MOTO_GAPS, gapFor } from "./moto-gaps.ts";
import { PLAIN_SUITE } from "./plain-suite.ts";
import type { Calling } from "./plain-suite.ts";
import { driveRealClients } from "./real-clients.ts";
import { pythonEnvironment, startMoto } from "./python-environment.ts";

const KEY = { accessKeyId: "AKIAFOREIGN000000001", secretAccessKey: "a secret of no value" };
const REGION = "eu-west-1";
const say = (line: string) => process.stdout.write(`${line}\n`);

const folder = join(import.meta.dirname, "..", "..", ".cache", "foreign");
await mkdir(folder, { recursive: true });
const python = await pythonEnvironment(join(folder, "venv"), say);
const moto = await startMoto(python);
try {
  const at = (endpoint: string) => {
    const options = { endpoint, credentials: { ...KEY }, region: REGION, maxAttempts: 1 };
    return { ec2: new EC2Client(options), sts: new STSClient(options) };
  };
  const theirs = at(moto.url);
  const estate = await makeEstate(theirs.ec2);
  const world = withAwsRole(await exportEstate(theirs.ec2, KEY), {
    accountId: "123456789012",
    roleName: "reader",
    externalId: "t-1",
    policies: [{ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "ec2:Describe*", Resource: "*" } }],
  });
  const simulator = await createSimulator({ world, clock: createSystemClock(), auth: true });
  const served = await serveSimulator(simulator, { armPort: 0, ec2Port: 0, host: "127.0.0.1" });
  const ours = at(served.ready.ec2.url);
  const known = new Set(JSON.stringify(world.aws).match(/\b(sg|sgr)-[0-9a-f]+/g));
  const sides = [ours, theirs].map((clients): Calling => ({ ...clients, estate, ids: new Map() }));

  const wrong: string[] = [];
  const met = new Set<string>();
  let same = 0;
  for (const { name, run } of PLAIN_SUITE) {
    const answers: unknown[] = [];
    for (const call of sides) {
      const answer = await run(call).catch(refusalOf);
      const names = new Map([...call.ids].map(([given, groupId]) => [groupId, given]));
      answers.push(normalised(answer, known, (groupId) => names.get(groupId)));
    }
    const found = differences(answers[0], answers[1]);
    if (found.length === 0) same += 1;
    for (const difference of found) {
      const gap = gapFor(name, difference);
      if (gap === undefined) wrong.push(`${name}: ${difference}`);
      else met.add(gap.what);
    }
  }
  for (const { what } of MOTO_GAPS) if (!met.has(what)) wrong.push(`no longer a gap of moto: ${what}`);
  say(`${PLAIN_SUITE.length} calls: ${same} alike, the others differ by ${met.size} known gaps of moto`);

  const clients = await driveRealClients(
    python,
    folder,
    { url: served.ready.ec2.url, region: REGION, key: KEY },
    estate,
  );
  const go = clients.isGoHere ? ", the SDK for Go" : " (Go is not on this machine: its SDK was left out)";
  say(`boto3${go}, and ${clients.calls} lines of the AWS command line: ${clients.wrong.length} not as expected`);
  wrong.push(...clients.wrong);

  await served.close();
  for (const line of wrong) say(`  ✗ ${line}`);
  if (wrong.length > 0) process.exitCode = 1;
} finally {
  moto.stop();
}
