import type { Running } from "@sallyport/backbone";
import type { CloudNetwork } from "@sallyport/cloud";
import { createAzureModel } from "@sallyport/domain";
import type { AzureNet, NsgRule } from "@sallyport/domain";
import { createEnforcer } from "@sallyport/enforcement";
import type { EnforcerDeps } from "@sallyport/enforcement";

export type AzureEnforcerDeps = Omit<EnforcerDeps<AzureNet, NsgRule>, "cloud" | "model" | "network"> & {
  readonly network: CloudNetwork<AzureNet, NsgRule>;
};

/** The enforcer of Azure's doors: the use cases of enforcement over Azure's model and network. */
export const createAzureEnforcer = (deps: AzureEnforcerDeps): Promise<Running> =>
  createEnforcer({ ...deps, cloud: "azure", model: createAzureModel() });
