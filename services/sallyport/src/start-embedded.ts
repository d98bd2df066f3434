import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFileRoleAssignments, createMay } from "@sallyport/authorization";
import { createSystemClock, describeSignal } from "@sallyport/backbone";
import { createEmbeddedPorts } from "@sallyport/backbone-embedded";
import { createAwsNetwork } from "@sallyport/cloud-aws";
import { createAzureNetwork, createDefenderPlans } from "@sallyport/cloud-azure";
import { seconds } from "@sallyport/contracts";
import type { ScopeId, Seconds } from "@sallyport/contracts";
import { createAwsModel, createAzureModel } from "@sallyport/domain";
import { createSigner, usualEnforcerSettings } from "@sallyport/enforcement";
import { createDevelopmentIssuer, createTokenVerifier, listen } from "@sallyport/request-api";
import { createLogger, createPrometheusMetrics, serveHealth } from "@sallyport/service-kit";
import type { ServedSimulator } from "@sallyport/simulator";
import { createAzureDoor, readTokenKeys, simulatedAuthority } from "./azure-door.ts";
import { keptSecret, openDataFolder } from "./data-folder.ts";
import { DEMO_APPROVERS, demoConnectorOf, demoPeople, demoRoleFile } from "./demo-roles.ts";
import type { RunningSystem } from "./ready.ts";
import type { RequiredPlan } from "./required-plan.ts";
import { startSimulator } from "./simulate.ts";
import { createSystem, systemCloud } from "./system.ts";
import type { SystemCloud } from "./system.ts";

export interface EmbeddedOptions {
  readonly dataDir: string;
  /** 0 picks a free one; so with the others. */
  readonly port: number;
  readonly armPort: number;
  readonly ec2Port: number;
  readonly world: string;
  /** Which plan of Defender for Servers enabling takes, as the simulated Azure tells it; none when left out. */
  readonly requirePlan?: RequiredPlan | undefined;
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

const HOST = "127.0.0.1";
const TOKEN_LIFETIME = seconds(12 * 3600);
/** The demonstration's grants may be as short as this, so that one can be watched to its end. */
const SHORTEST = seconds(5);
const LONGEST = seconds(86_400);

/** The whole system in one process over one SQLite file, against the simulated clouds. What is in the data folder goes on where it was. */
export async function startEmbedded(options: EmbeddedOptions): Promise<RunningSystem> {
  const folder = openDataFolder(options.dataDir);
  const clock = createSystemClock();
  const log = createLogger({ service: "sallyport", level: options.logLevel });
  const metrics = createPrometheusMetrics("sallyport");
  // First the file: a second start over the same folder is refused before anything else happens.
  const backbone = createEmbeddedPorts({
    file: join(folder, "sallyport.db"),
    clock,
    observe: (signal) => log.warn(describeSignal(signal)),
  });
  const door = createAzureDoor();
  const served = await startSimulator({
    elsewhere: door.elsewhere,
    world: options.world,
    armPort: options.armPort,
    ec2Port: options.ec2Port,
    dataDir: join(folder, "clouds"),
    auth: true,
  });
  const { arm } = served.ready;
  const azureSettings = {
    endpoint: arm.url,
    authorityHost: arm.authority,
    tenantId: arm.tenantId,
    clientId: arm.clientId,
    clientSecret: arm.clientSecret,
    caPem: served.caPem,
    disableInstanceDiscovery: true,
  };

  const roleFile = join(folder, "roles.json");
  if (!existsSync(roleFile))
    writeFileSync(
      roleFile,
      JSON.stringify(demoRoleFile(arm.tenantId, arm.subscriptionIds, arm.objectId), undefined, 2),
    );
  const connectors = Object.fromEntries(
    served.ready.ec2.accounts.map(({ accountId }) => [
      accountId,
      demoConnectorOf(arm.subscriptionIds[0] ?? "", accountId),
    ]),
  );
  const may = createMay({
    roleAssignments: await createFileRoleAssignments({ file: roleFile, clock, log }),
    connectors,
    log,
  });
  const issuer = await createDevelopmentIssuer({ dir: folder, tenantId: arm.tenantId, listenHost: HOST, clock });

  const system = await createSystem({
    ports: backbone.ports,
    clouds: cloudsOf(served),
    may,
    connectors,
    publicUrl: arm.url,
    ...(options.requirePlan !== undefined && {
      lacksPlan: createDefenderPlans({ clock, settings: azureSettings }),
    }),
    verifyToken: createTokenVerifier({
      issuers: [issuer.trusted, ...simulatedAuthority(arm, readTokenKeys(served.tokenKeys))],
      clock,
    }),
    signer: createSigner([{ id: "k1", secret: keptSecret(folder, "signing-key") }]),
    limits: { shortest: SHORTEST, longest: LONGEST },
    enforcer: usualEnforcerSettings,
    surveyEveryMs: 5_000,
    log,
    metrics,
  });
  const listening = await listen(system.requestApi.app, { host: HOST, port: options.port });
  door.leadTo(`http://${HOST}:${listening.port}`);
  const health = await serveHealth({ host: HOST, port: 0, metrics, ready: {}, version: "0.1.0" });
  const tokenOf = (person: (typeof demoPeople)[keyof typeof demoPeople]) =>
    issuer.tokenFor(person, TOKEN_LIFETIME as Seconds);

  return {
    ready: {
      url: `http://${HOST}:${listening.port}`,
      tokens: {
        administrator: await tokenOf(demoPeople.administrator),
        requester: await tokenOf(demoPeople.requester),
        reader: await tokenOf(demoPeople.reader),
        approver: await tokenOf(demoPeople.approver),
      },
      approvers: DEMO_APPROVERS,
      simulator: served.ready,
    },
    close: async () => {
      // The services first, so that calls that wait are answered; then the door they came by.
      await system.close();
      await listening.close();
      await backbone.close();
      await health.close();
      await served.close();
    },
  };

  function cloudsOf({ ready: { ec2 } }: ServedSimulator): readonly SystemCloud[] {
    const azure = createAzureNetwork({
      clock,
      log,
      subscriptionIds: arm.subscriptionIds,
      settings: azureSettings,
    });
    const aws = createAwsNetwork({
      clock,
      log,
      settings: {
        endpoint: ec2.url,
        accounts: ec2.accounts.map(({ accountId, accessKeyId, secretAccessKey, enterBy }) => ({
          accountId,
          regions: ec2.regions,
          ...enterBy,
          credentials: { accessKeyId, secretAccessKey },
        })),
      },
    });
    const regions = ec2.accounts.flatMap(({ accountId }) =>
      ec2.regions.map((region) => `${accountId}/${region}` as ScopeId),
    );
    return [
      systemCloud("azure", arm.subscriptionIds as readonly string[] as readonly ScopeId[], azure, createAzureModel()),
      systemCloud("aws", regions, aws, createAwsModel()),
    ];
  }
}
