import { createFileRoleAssignments, createMay } from "@sallyport/authorization";
import { createSystemClock } from "@sallyport/backbone";
import { createClusterPorts } from "@sallyport/backbone-cluster";
import { createAzureRoleAssignments, createDefenderPlans } from "@sallyport/cloud-azure";
import {
  awsLimitsOf,
  azureOptionsOf,
  azureRolesOptionsOf,
  clusterOptionsOf,
  connectorsOf,
  deriveEventId,
  deriveGrantId,
  deriveLockdownId,
  limitsOf,
  newUuidV7,
  roleFileOf,
  startProcess,
} from "@sallyport/service-kit";
import { createTokenVerifier } from "./auth/token-verifier.ts";
import { enrolledIn, settings, trustedIssuerOf } from "./config.ts";
import { listen } from "./listen.ts";
import { createRequestApi } from "./service.ts";

await startProcess("request-api", settings, process.env, async ({ config, log, metrics }) => {
  const clock = createSystemClock();
  const roleAssignments =
    config.roles === "azure"
      ? createAzureRoleAssignments({ ...azureRolesOptionsOf(config), clock, log })
      : await createFileRoleAssignments({ file: roleFileOf(config), clock, log });
  const ports = await createClusterPorts({ ...clusterOptionsOf(config), clientId: "request-api", clock, log, metrics });
  const api = await createRequestApi({
    ...ports,
    may: createMay({ roleAssignments, connectors: connectorsOf(config), log }),
    connectors: connectorsOf(config),
    awsLimits: awsLimitsOf(config),
    ...(config.requirePlan === undefined
      ? {}
      : { lacksPlan: createDefenderPlans({ settings: azureOptionsOf(config).settings, clock }) }),
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    verifyToken: createTokenVerifier({ issuers: config.issuers.map(trustedIssuerOf), clock }),
    newId: () => newUuidV7(),
    deriveEventId,
    deriveGrantId,
    deriveLockdownId,
    limits: limitsOf(config),
    enrolled: enrolledIn(config),
    log,
    metrics,
    source: "/sallyport/request-api",
  });
  const server = await listen(api.app, { host: config.host, port: config.port });
  log.info("the HTTP API is served", { host: config.host, port: server.port });
  // First the service, so that calls that wait are answered; then no more calls; then what they stand on.
  return { running: [api, server, ports], ready: { backbone: ports.healthy }, alive: ports.alive };
});
