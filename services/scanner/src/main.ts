import { randomUUID } from "node:crypto";
import { createSystemClock } from "@sallyport/backbone";
import { createClusterPorts } from "@sallyport/backbone-cluster";
import { createAwsNetwork } from "@sallyport/cloud-aws";
import { createAzureNetwork } from "@sallyport/cloud-azure";
import { ScopeId } from "@sallyport/contracts";
import { createAwsModel, createAzureModel } from "@sallyport/domain";
import {
  awsLimitsOf,
  awsOptionsOf,
  azureOptionsOf,
  clusterOptionsOf,
  deriveEventId,
  startProcess,
} from "@sallyport/service-kit";
import { settings } from "./config.ts";
import { createScanner, surveyedCloud } from "./service.ts";

await startProcess("scanner", settings, process.env, async ({ config, log, metrics }) => {
  const clock = createSystemClock();
  const azure = surveyedCloud({
    cloud: "azure",
    model: createAzureModel(),
    scopes: config.subscriptions.map((id) => ScopeId.parse(id.toLowerCase())),
    network: createAzureNetwork({ ...azureOptionsOf(config), clock, log }),
  });
  const aws = surveyedCloud({
    cloud: "aws",
    model: createAwsModel(awsLimitsOf(config)),
    scopes: config.accounts.flatMap(({ accountId, regions }) =>
      regions.map((region) => ScopeId.parse(`${accountId}/${region}`)),
    ),
    network: createAwsNetwork({ ...awsOptionsOf(config), clock, log }),
  });
  const ports = await createClusterPorts({ ...clusterOptionsOf(config), clientId: "scanner", clock, log, metrics });
  const scanner = await createScanner({
    ...ports,
    clouds: [azure, aws].filter(({ scopes }) => scopes.length > 0),
    deriveEventId,
    newToken: randomUUID,
    everyMs: config.surveySeconds * 1000,
    surveysAtOnce: config.surveysAtOnce,
    managementPorts: config.managementPorts,
    disabledScopes: config.disabledScopes,
    log,
    metrics,
  });
  return { running: [scanner, ports], ready: { backbone: ports.healthy }, alive: ports.alive };
});
