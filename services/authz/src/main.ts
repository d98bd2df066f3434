import { createFileRoleAssignments, createMay } from "@sallyport/authorization";
import { createSystemClock } from "@sallyport/backbone";
import { createClusterPorts } from "@sallyport/backbone-cluster";
import { createAzureRoleAssignments } from "@sallyport/cloud-azure";
import {
  azureRolesOptionsOf,
  clusterOptionsOf,
  connectorsOf,
  deriveEventId,
  limitsOf,
  roleFileOf,
  startProcess,
} from "@sallyport/service-kit";
import { settings } from "./config.ts";
import { createAuthz } from "./service.ts";

await startProcess("authz", settings, process.env, async ({ config, log, metrics }) => {
  const clock = createSystemClock();
  const roleAssignments =
    config.roles === "azure"
      ? createAzureRoleAssignments({ ...azureRolesOptionsOf(config), clock, log })
      : await createFileRoleAssignments({ file: roleFileOf(config), clock, log });
  const ports = await createClusterPorts({ ...clusterOptionsOf(config), clientId: "authz", clock, log, metrics });
  const authz = await createAuthz({
    ...ports,
    may: createMay({ roleAssignments, connectors: connectorsOf(config), log }),
    deriveEventId,
    limits: limitsOf(config),
    log,
    metrics,
  });
  return { running: [authz, ports], ready: { backbone: ports.healthy }, alive: ports.alive };
});
