import type { LockdownPlanView, PolicyBody } from "@sallyport/contracts";
import { forecastLockdown } from "@sallyport/domain";
import type { HandlerDeps } from "../deps.ts";
import { networksTable, sightingsTable, surveysTable } from "../views/surveyed-networks.ts";
import type { KnownVm } from "../views/vms.ts";

/**
 * What the lockdown of a policy would change, from what the scanner saw last: request-api has no credentials of any cloud (house.md
 * §6). `undefined`: the network of this VM has not been kept yet.
 */
export async function planOf(
  { records, deriveLockdownId, awsLimits }: Pick<HandlerDeps, "records" | "deriveLockdownId" | "awsLimits">,
  { vm, profile }: KnownVm,
  { ports, lockdown: options }: Pick<PolicyBody, "ports" | "lockdown">,
): Promise<LockdownPlanView | undefined> {
  const page = (await records.get(sightingsTable, vm))?.value.value.network;
  const network = page === undefined ? undefined : (await records.get(networksTable, page))?.value;
  const specs = ports.map(({ port, protocol }) => ({ port, protocol }));
  const asked = { vm, id: deriveLockdownId(vm), ports: specs, options };
  const forecast = network && forecastLockdown(network.net, { ...asked, ...(awsLimits && { awsLimits }) });
  if (network === undefined || forecast === undefined) return undefined;
  const survey = (await records.get(surveysTable, network.scope))?.value.value.scan;
  return {
    asOf: survey?.asOf ?? network.at,
    changes: forecast.ok ? [...forecast.changes] : [],
    warnings: forecast.ok ? [...forecast.warnings] : [],
    refusals: forecast.ok ? [] : [...forecast.refusals],
    sessions: profile.closing,
  };
}
