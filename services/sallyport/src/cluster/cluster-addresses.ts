import { freePort } from "@sallyport/launcher";
import { serviceNames } from "./service-names.ts";
import type { ServiceName } from "./service-names.ts";

/** Where everything of a cluster listens, chosen once: a process that was killed comes back where it was. */
export interface ClusterAddresses {
  readonly api: number;
  readonly arm: number;
  readonly ec2: number;
  readonly health: Readonly<Record<ServiceName, number>>;
}

/** 0 picks a free port for the API; the others always are free ones. */
export async function chooseAddresses(apiPort: number): Promise<ClusterAddresses> {
  const health: Partial<Record<ServiceName, number>> = {};
  for (const name of serviceNames) health[name] = await freePort();
  return {
    api: apiPort === 0 ? await freePort() : apiPort,
    arm: await freePort(),
    ec2: await freePort(),
    health: health as Record<ServiceName, number>,
  };
}
