import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSystemClock } from "@sallyport/backbone";
import { createClusterPorts } from "@sallyport/backbone-cluster";
import { createAwsNetwork } from "@sallyport/cloud-aws";
import { createAzureNetwork } from "@sallyport/cloud-azure";
import { ScopeId } from "@sallyport/contracts";
import { createAwsModel, createAzureModel } from "@sallyport/domain";
import { deriveEventId, startProcess } from "@sallyport/service-kit";
import { settings } from "./config.ts";
import { createScanner, surveyedCloud } from "./service.ts";

await startProcess("scanner", settings, process.env, async ({ config, log, metrics }) => {
  const clock = createSystemClock();
  const azure = surveyedCloud({
    cloud: "azure",
    model: createAzureModel(),
    scopes: config.subscriptions.map((id) => ScopeId.parse(id.toLowerCase())),
    network: createAzureNetwork({
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
    }),
  });
  const aws = surveyedCloud({
    cloud: "aws",
    model: createAwsModel(),
    scopes: config.accounts.flatMap(({ accountId, regions }) =>
      regions.map((region) => ScopeId.parse(`${accountId}/${region}`)),
    ),
    network: createAwsNetwork({
      clock,
      log,
      settings: { endpoint: config.awsEndpoint, accounts: config.accounts },
    }),
  });
  const ports = await createClusterPorts({
    brokers: config.brokers,
    redisUrl: config.redisUrl,
    clientId: "scanner",
    clock,
    log,
    metrics,
    topics: { partitions: config.partitions, replicationFactor: config.replication },
  });
  const scanner = await createScanner({
    ...ports,
    clouds: [azure, aws].filter(({ scopes }) => scopes.length > 0),
    deriveEventId,
    newToken: randomUUID,
    everyMs: config.surveySeconds * 1000,
    managementPorts: config.managementPorts,
    disabledScopes: config.disabledScopes,
    log,
    metrics,
  });
  return { running: [scanner, ports], ready: { backbone: ports.healthy }, alive: ports.alive };
});
