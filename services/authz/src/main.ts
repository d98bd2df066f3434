import { createFileRoleAssignments, createMay } from "@sallyport/authorization";
import { createSystemClock } from "@sallyport/backbone";
import { createClusterPorts } from "@sallyport/backbone-cluster";
import { clusterOptionsOf, connectorsOf, deriveEventId, limitsOf, startProcess } from "@sallyport/service-kit";
import { settings } from "./config.ts";
import { createAuthz } from "./service.ts";

await startProcess("authz", settings, process.env, async ({ config, log, metrics }) => {
  const clock = createSystemClock();
  const roleAssignments = await createFileRoleAssignments({ file: config.roleFile, clock, log });
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
