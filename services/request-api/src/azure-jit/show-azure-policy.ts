import { isoDurationOf, prefixesOf } from "@sallyport/contracts";
import type { AzurePolicy, AzureRequest, VmRef } from "@sallyport/contracts";
import type { Connectors } from "@sallyport/domain";
import type { HandlerDeps } from "../deps.ts";
import { grantsTable, ofVm } from "../views/grants.ts";
import { requestRows } from "../views/requests.ts";
import type { RequestRow } from "../views/requests.ts";
import { azureIdOf } from "./azure-vm-id.ts";
import type { Collection, Member } from "./members.ts";
import { showAzureRequest } from "./show-azure-request.ts";
import type { PolicyPlace } from "./target.ts";

/** How many of a VM's newest grants are in the history. */
const SHOWN = 20;

type Deps = Pick<HandlerDeps, "records" | "connectors">;

/** A policy as Azure shows it, with the history of its VMs. */
export async function showAzurePolicy(deps: Deps, { place, members }: Collection): Promise<AzurePolicy> {
  const requests = await requestsOn(deps, members);
  return {
    kind: "Basic",
    properties: {
      virtualMachines: members.flatMap((member) => showMember(member, deps.connectors, requests)),
      requests: shownRequests(requests, members, deps.connectors),
      provisioningState: "Succeeded",
    },
    id: policyIdOf(place),
    name: place.name,
    type: "Microsoft.Security/locations/jitNetworkAccessPolicies",
    location: place.location,
  };
}

export const policyIdOf = ({ subscription, group, location, name }: PolicyPlace): string =>
  `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Security/locations/${location}/jitNetworkAccessPolicies/${name}`;

type ShownVm = AzurePolicy["properties"]["virtualMachines"][number];

function showMember(
  { vm, policy }: Member,
  connectors: Connectors,
  requests: readonly RequestRow[],
): readonly ShownVm[] {
  const id = azureIdOf(vm.profile, connectors);
  if (id === undefined) return [];
  const publicIpAddress = firewallAddressOf(vm.vm, requests);
  return [
    {
      id,
      ports: policy.ports.map(({ port, protocol, allowedSources, maxDuration }) => ({
        number: port,
        protocol: protocol === "*" ? "*" : protocol === "tcp" ? "TCP" : "UDP",
        ...prefixesOf(allowedSources),
        maxRequestAccessDuration: isoDurationOf(maxDuration),
      })),
      ...(publicIpAddress === undefined ? {} : { publicIpAddress }),
    },
  ];
}

/** The firewall's address, where a grant was let in through one. */
const firewallAddressOf = (vm: VmRef, requests: readonly RequestRow[]): string | undefined =>
  requests
    .flatMap(({ grants }) => grants)
    .filter(({ access }) => access.vm === vm)
    .flatMap(({ ways }) => ways)
    .find(({ mappedTo }) => mappedTo !== undefined)?.address;

/** The newest requests on any of the VMs, oldest first. */
async function requestsOn({ records }: Deps, members: readonly Member[]): Promise<readonly RequestRow[]> {
  const ids = new Set<string>();
  for (const { vm } of members)
    for (const { value } of await records.find(grantsTable, "vm", ofVm(vm.vm), `${ofVm(vm.vm)}~`, SHOWN))
      ids.add(value.requestId);
  const rows = await Promise.all([...ids].map((id) => records.get(requestRows, id)));
  return rows
    .flatMap((row) => row?.value.value ?? [])
    .sort((a, b) => (a.requestedAt < b.requestedAt || (a.requestedAt === b.requestedAt && a.id < b.id) ? -1 : 1));
}

function shownRequests(
  requests: readonly RequestRow[],
  members: readonly Member[],
  connectors: Connectors,
): readonly AzureRequest[] {
  const ids = new Map(members.map(({ vm }) => [vm.vm, azureIdOf(vm.profile, connectors)]));
  return requests.flatMap((row) => showAzureRequest(row, (vm) => ids.get(vm)) ?? []);
}
