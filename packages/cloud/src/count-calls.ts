import { through } from "@sallyport/backbone";
import type { Metrics } from "@sallyport/backbone";
import type { Cloud } from "@sallyport/contracts";
import type { CloudNetwork } from "./cloud-network.ts";

/**
 * The same network, with every call of the port counted as it begins: `sallyport_cloud_calls_total{cloud,call}`, call being `read`,
 * `write` or `survey`, the last once per page and once for the end. What a call costs on the wire is in
 * docs/decisions/0004-cloud-calls.md.
 */
export const countCalls = <Net, Rule>(
  cloud: Cloud,
  network: CloudNetwork<Net, Rule>,
  metrics: Pick<Metrics, "count">,
): CloudNetwork<Net, Rule> =>
  through("network", network, ({ fn, phase }) => {
    if (phase === "before") metrics.count("sallyport_cloud_calls_total", { cloud, call: fn });
  });
