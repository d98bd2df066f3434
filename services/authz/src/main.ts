import { createFileRoleAssignments, createMay } from "@sallyport/authorization";
import { createSystemClock } from "@sallyport/backbone";
import { createClusterPorts } from "@sallyport/backbone-cluster";
import { seconds } from "@sallyport/contracts";
import { deriveEventId, startProcess } from "@sallyport/service-kit";
import { settings } from "./config.ts";
import { createAuthz } from "./service.ts";

await startProcess("authz", settings, process.env, async ({ config, log, metrics }) => {
  const clock = createSystemClock();
  const roleAssignments = await createFileRoleAssignments({ file: config.roleFile, clock, log });
  const connectors = Object.fromEntries(
    config.accounts.flatMap(({ accountId, connector }) => (connector === undefined ? [] : [[accountId, connector]])),
  );
  const ports = await createClusterPorts({
    brokers: config.brokers,
    redisUrl: config.redisUrl,
    clientId: "authz",
    clock,
    log,
    metrics,
    topics: { partitions: config.partitions, replicationFactor: config.replication },
  });
  const authz = await createAuthz({
    ...ports,
    may: createMay({ roleAssignments, connectors, log }),
    deriveEventId,
    limits: { shortest: seconds(config.shortestSeconds), longest: seconds(config.longestSeconds) },
    log,
    metrics,
  });
  return { running: [authz, ports], ready: { backbone: ports.healthy }, alive: ports.alive };
});
