import { randomUUID } from "node:crypto";
import { createSystemClock } from "@sallyport/backbone";
import { createClusterPorts } from "@sallyport/backbone-cluster";
import { createAwsNetwork } from "@sallyport/cloud-aws";
import { createSigner } from "@sallyport/enforcement";
import { deriveEventId, deriveLockdownId, startProcess } from "@sallyport/service-kit";
import { settings } from "./config.ts";
import { createAwsEnforcer } from "./create-aws-enforcer.ts";

await startProcess("enforcer-aws", settings, process.env, async ({ config, log, metrics }) => {
  const clock = createSystemClock();
  const ports = await createClusterPorts({
    brokers: config.brokers,
    redisUrl: config.redisUrl,
    clientId: "enforcer-aws",
    clock,
    log,
    metrics,
    topics: { partitions: config.partitions, replicationFactor: config.replication },
  });
  const network = createAwsNetwork({
    clock,
    log,
    settings: { endpoint: config.awsEndpoint, accounts: config.accounts },
  });
  const enforcer = await createAwsEnforcer({
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
