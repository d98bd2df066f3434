import { createSystemClock } from "@sallyport/backbone";
import { createClusterPorts } from "@sallyport/backbone-cluster";
import { countCalls } from "@sallyport/cloud";
import { createAzureNetwork } from "@sallyport/cloud-azure";
import { createAzureModel } from "@sallyport/domain";
import { createEnforcer, enforcerParts } from "@sallyport/enforcement";
import { azureOptionsOf, clusterOptionsOf, startProcess } from "@sallyport/service-kit";
import { settings } from "./config.ts";

await startProcess("enforcer-azure", settings, process.env, async ({ config, log, metrics }) => {
  const clock = createSystemClock();
  const ports = await createClusterPorts({
    ...clusterOptionsOf(config),
    clientId: "enforcer-azure",
    clock,
    log,
    metrics,
  });
  const enforcer = await createEnforcer({
    ...ports,
    ...enforcerParts(config),
    cloud: "azure",
    model: createAzureModel(),
    network: countCalls("azure", createAzureNetwork({ ...azureOptionsOf(config), clock, log }), metrics),
    log,
    metrics,
  });
  return { running: [enforcer, ports], ready: { backbone: ports.healthy }, alive: ports.alive };
});
