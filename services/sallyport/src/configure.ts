import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSystemClock } from "@sallyport/backbone";
import { seconds } from "@sallyport/contracts";
import { createDevelopmentIssuer } from "@sallyport/request-api";
import { createSimulator, demoWorld } from "@sallyport/simulator";
import type { SimulatorReady } from "@sallyport/simulator";
import { serviceSettings } from "./cluster/service-environment.ts";
import { serviceNames } from "./cluster/service-names.ts";
import { keptSecret, openDataFolder } from "./data-folder.ts";
import { demoConnectors, demoPeople, demoRoleFile } from "./demo-roles.ts";
import { withLeastRole } from "./least-role.ts";
import { readOptions } from "./options.ts";
import { requiredPlanOf } from "./required-plan.ts";

/** What the containers of docker-compose.yml know each other by, and where they find what they share. */
const CLOUDS = {
  arm: "https://simulators:7443",
  ec2: "http://simulators:7480",
  caFile: "/var/lib/clouds/simulator-ca.pem",
};
const ROLE_FILE = "/etc/sallyport/roles.json";
const PORT = 8443;
const TOKEN_LIFETIME = seconds(30 * 86_400);

/**
 * `sallyport configure --out DIR`: writes what the containers have to be told to run against the simulated clouds: the role file and
 * one file of environment variables per service, each with what that service needs. Prints tokens of four people. What is kept in
 * the folder already (keys) stays.
 */
export async function configure(args: readonly string[]): Promise<void> {
  const { out } = readOptions(args, { out: { type: "string", default: "deploy/compose/config" } });
  const requirePlan = requiredPlanOf(process.env);
  const folder = openDataFolder(out);
  const clock = createSystemClock();
  const { regions, accounts, ...tenant } = (
    await createSimulator({ world: withLeastRole(demoWorld()), clock, auth: true })
  ).describe();
  const simulator: SimulatorReady = {
    arm: { url: CLOUDS.arm, authority: CLOUDS.arm, caFile: CLOUDS.caFile, ...tenant },
    ec2: { url: CLOUDS.ec2, regions, accounts },
  };
  const { tenantId, subscriptionIds } = simulator.arm;
  // In its container the API listens everywhere; it is published on loopback alone, which is what this issuer is for.
  const issuer = await createDevelopmentIssuer({ dir: folder, tenantId, listenHost: "127.0.0.1", clock });
  const facts = {
    simulator,
    connectors: demoConnectors(simulator),
    issuer: issuer.trusted,
    roleFile: ROLE_FILE,
    signingKeys: `k1:${keptSecret(folder, "signing-key")}`,
    apiPort: PORT,
    // By the name that this machine has for it: links to further pages are followed from there.
    publicUrl: `https://localhost:${new URL(CLOUDS.arm).port}`,
    shortestSeconds: 5,
    surveySeconds: 5,
    ...(requirePlan !== undefined && { requirePlan }),
  };
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text, { mode: 0o600 });
  write("roles.json", JSON.stringify(demoRoleFile(tenantId, subscriptionIds, simulator.arm.objectId), undefined, 2));
  for (const service of serviceNames) write(`${service}.env`, environmentFile(serviceSettings(service, facts)));
  for (const [role, person] of Object.entries(demoPeople))
    console.log(`export ${role.toUpperCase()}='${await issuer.tokenFor(person, TOKEN_LIFETIME)}'`);
}

/** As Compose reads one: in single quotes nothing is replaced. */
const environmentFile = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
