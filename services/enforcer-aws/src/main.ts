import { createSystemClock } from "@sallyport/backbone";
import { createClusterPorts } from "@sallyport/backbone-cluster";
import { countCalls } from "@sallyport/cloud";
import { createAwsNetwork } from "@sallyport/cloud-aws";
import { createAwsModel } from "@sallyport/domain";
import { createEnforcer, enforcerParts } from "@sallyport/enforcement";
import { awsClosingOf, awsLimitsOf, awsOptionsOf, clusterOptionsOf, startProcess } from "@sallyport/service-kit";
import { settings } from "./config.ts";

await startProcess("enforcer-aws", settings, process.env, async ({ config, log, metrics }) => {
  const clock = createSystemClock();
  const ports = await createClusterPorts({
    ...clusterOptionsOf(config),
    clientId: "enforcer-aws",
    clock,
    log,
    metrics,
  });
  const enforcer = await createEnforcer({
    ...ports,
    ...enforcerParts(config),
    cloud: "aws",
    model: createAwsModel({ ...awsLimitsOf(config), ...awsClosingOf(config) }),
    network: countCalls("aws", createAwsNetwork({ ...awsOptionsOf(config), clock, log }), metrics),
    log,
    metrics,
  });
  return { running: [enforcer, ports], ready: { backbone: ports.healthy }, alive: ports.alive };
});
