import type { Running } from "@sallyport/backbone";
import type { CloudNetwork } from "@sallyport/cloud";
import { createAwsModel } from "@sallyport/domain";
import type { AwsNet, AwsRule } from "@sallyport/domain";
import { createEnforcer } from "@sallyport/enforcement";
import type { EnforcerDeps } from "@sallyport/enforcement";

export type AwsEnforcerDeps = Omit<EnforcerDeps<AwsNet, AwsRule>, "cloud" | "model" | "network"> & {
  readonly network: CloudNetwork<AwsNet, AwsRule>;
};

/** The enforcer of Aws's doors: the use cases of enforcement over Aws's model and network. */
export const createAwsEnforcer = (deps: AwsEnforcerDeps): Promise<Running> =>
  createEnforcer({ ...deps, cloud: "aws", model: createAwsModel() });
