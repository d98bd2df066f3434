import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSystemClock } from "@sallyport/backbone";
import { createClusterPorts } from "@sallyport/backbone-cluster";
import { createAzureNetwork } from "@sallyport/cloud-azure";
import { createSigner } from "@sallyport/enforcement";
import { deriveEventId, deriveLockdownId, startProcess } from "@sallyport/service-kit";
import { settings } from "./config.ts";
import { createAzureEnforcer } from "./create-azure-enforcer.ts";

await startProcess("enforcer-azure", settings, process.env, async ({ config, log, metrics }) => {
  const clock = createSystemClock();
  const ports = await createClusterPorts({
    brokers: config.brokers,
    redisUrl: config.redisUrl,
    clientId: "enforcer-azure",
    clock,
    log,
    metrics,
    topics: { partitions: config.partitions, replicationFactor: config.replication },
  });
  const network = createAzureNetwork({
    clock,
    log,
    subscriptionIds: config.subscriptions,
    settings: {
      endpoint: config.azureEndpoint,
      authorityHost: config.authorityHost,
      tenantId: config.tenantId,
      clientId: config.clientId,
      clientSecret: config.clientSecret,
      caPem: config.azureCaFile === undefined ? undefined : readFileSync(config.azureCaFile, "utf8"),
      disableInstanceDiscovery: config.disableInstanceDiscovery,
    },
  });
  const enforcer = await createAzureEnforcer({
    ...ports,
    network,
    signer: createSigner(config.signingKeys),
    deriveEventId,
    lockdownIdOf: deriveLockdownId,
    newToken: randomUUID,
    chance: Math.random,
    log,
    metrics,
    settings: {
      openConcurrency: config.openConcurrency,
      revokeConcurrency: config.revokeConcurrency,
      lockConcurrency: config.lockConcurrency,
      reconcileEveryMs: config.reconcileSeconds * 1000,
      recheckLockdownMs: config.recheckSeconds * 1000,
    },
  });
  return { running: [enforcer, ports], ready: { backbone: ports.healthy }, alive: ports.alive };
});
