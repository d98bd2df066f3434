import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createSystemClock } from "@sallyport/backbone";
import { seconds } from "@sallyport/contracts";
import { createDevelopmentIssuer } from "@sallyport/request-api";
import { chooseAddresses } from "./cluster/cluster-addresses.ts";
import { serviceEnvironment } from "./cluster/service-environment.ts";
import type { ClusterFacts } from "./cluster/service-environment.ts";
import { serviceNames } from "./cluster/service-names.ts";
import { startServers } from "./cluster/start-servers.ts";
import { builtProgram, startNode } from "./cluster/start-node.ts";
import type { Supervised } from "./cluster/supervise.ts";
import { keptSecret, openDataFolder } from "./data-folder.ts";
import { DEMO_APPROVERS, demoConnectors, demoPeople, demoRoleFile } from "./demo-roles.ts";
import { SimulatorReady } from "./cluster/simulator-ready.ts";
import type { RunningSystem } from "./ready.ts";
import type { RequiredPlan } from "./required-plan.ts";

export interface ClusterOptions {
  /** Everything is kept here: the log, the records, the clouds, keys, and what each process says, in `logs`. */
  readonly dataDir: string;
  /** Of the API; 0 picks a free one. */
  readonly port: number;
  /** Progress, one line each. */
  readonly say: (line: string) => void;
  /** Ours where not said. KAFKA_BROKERS and REDIS_URL name servers to use instead of starting some. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `demo`, `empty`, or a world file. */
  readonly world?: string;
  /** Further environment variables of every service, over those that are composed here. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly surveySeconds?: number;
  /** Which plan of Defender for Servers enabling takes; none when left out. */
  readonly requirePlan?: RequiredPlan | undefined;
  /** What Node runs as the clouds, instead of `simulate`; it is given the same options, and says the same ready line. */
  readonly clouds?: readonly string[];
}

/** A cluster that runs, each process by its name. Kafka and Redis are among them unless the environment named others. */
export interface RunningCluster extends RunningSystem {
  readonly processes: Readonly<Record<string, Supervised>>;
  readonly brokers: readonly string[];
  readonly redisUrl: string;
}

const HOST = "127.0.0.1";
const TOKEN_LIFETIME = seconds(12 * 3600);
/** The demonstration's grants may be as short as this, so that one can be watched to its end. */
const SHORTEST_S = 5;

/**
 * The whole system as separate processes, natively: a real Kafka, a real Redis, the simulated clouds and the five services, each from
 * its build (`tsc -b` comes first) and configured by its environment alone. A process that ends is started again.
 */
export async function startCluster({
  dataDir,
  port,
  say,
  env = process.env,
  world = "demo",
  settings = {},
  surveySeconds = 5,
  requirePlan,
  clouds: cloudsProgram = [...builtProgram("sallyport"), "simulate"],
}: ClusterOptions): Promise<RunningCluster> {
  const folder = openDataFolder(dataDir);
  const logs = join(folder, "logs");
  mkdirSync(logs, { recursive: true });
  const clock = createSystemClock();
  const running: Supervised[] = [];
  const keep = (one: Supervised): Supervised => {
    running.push(one);
    return one;
  };
  /** Services first, each at once; then what they stand on. */
  const close = async (): Promise<void> => {
    const isService = ({ name }: Supervised) => serviceNames.some((service) => service === name);
    await Promise.all(running.filter(isService).map((one) => one.stop()));
    await Promise.all(running.filter((one) => !isService(one)).map((one) => one.stop()));
  };
  try {
    const addresses = await chooseAddresses(port);
    const node = { logs, clock, say, env };
    const [servers, clouds] = await Promise.all([
      startServers({ env, dataDir: folder, clock, say, keep }),
      startNode(
        {
          ...node,
          name: "simulators",
          program: [
            ...cloudsProgram,
            "--json",
            "--world",
            world === "demo" || world === "empty" ? world : resolve(world),
            "--arm-port",
            String(addresses.arm),
            "--ec2-port",
            String(addresses.ec2),
            "--data",
            join(folder, "clouds"),
            "--jit-api",
            `http://${HOST}:${addresses.api}`,
          ],
          variables: {},
        },
        { readyLine: '"arm"' },
      ),
    ]);
    keep(clouds.supervised);
    const simulator = SimulatorReady.parse(JSON.parse(clouds.announced));
    const { arm } = simulator;

    const roleFile = join(folder, "roles.json");
    if (!existsSync(roleFile))
      writeFileSync(
        roleFile,
        JSON.stringify(demoRoleFile(arm.tenantId, arm.subscriptionIds, arm.objectId), undefined, 2),
      );
    const issuer = await createDevelopmentIssuer({ dir: folder, tenantId: arm.tenantId, listenHost: HOST, clock });
    const facts: ClusterFacts = {
      ...servers,
      simulator,
      connectors: demoConnectors(simulator),
      issuer: issuer.trusted,
      roleFile,
      publicUrl: arm.url,
      signingKeys: `k1:${keptSecret(folder, "signing-key")}`,
      apiPort: addresses.api,
      shortestSeconds: SHORTEST_S,
      surveySeconds,
      ...(requirePlan !== undefined && { requirePlan }),
    };
    await Promise.all(
      serviceNames.map(async (name) => {
        const health = addresses.health[name];
        const variables = { ...serviceEnvironment(name, health, facts), ...settings };
        const readyUrl = `http://${HOST}:${health}/readyz`;
        keep((await startNode({ ...node, name, program: builtProgram(name), variables }, { readyUrl })).supervised);
      }),
    );
    const tokenOf = (person: (typeof demoPeople)[keyof typeof demoPeople]) => issuer.tokenFor(person, TOKEN_LIFETIME);
    return {
      ready: {
        url: `http://${HOST}:${addresses.api}`,
        tokens: {
          administrator: await tokenOf(demoPeople.administrator),
          requester: await tokenOf(demoPeople.requester),
          reader: await tokenOf(demoPeople.reader),
          approver: await tokenOf(demoPeople.approver),
        },
        approvers: DEMO_APPROVERS,
        simulator,
      },
      processes: Object.fromEntries(running.map((one) => [one.name, one])),
      brokers: servers.brokers,
      redisUrl: servers.redisUrl,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
