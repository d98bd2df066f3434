import { idleObjects, netAround, parseAzureNet, referencesIn } from "@sallyport/domain";
import type { AzureNet } from "@sallyport/domain";
import type { AdminRulesOf } from "./admin-rules.ts";
import type { Arm } from "./arm.ts";

/** VMs in one page of a survey. */
const PAGE = 50;

/**
 * Everything of a subscription: eight paged lists, joined in memory, so the number of calls follows the number of pages and not
 * that of VMs (P42); then one call for each network that an interface is in, for its security admin rules (P31). Given out in pages of VMs with what is around them, and at last the NSGs and firewalls that are on no VM's path.
 */
export async function* surveySubscription(
  { compute, network, list }: Arm,
  adminRulesOf: AdminRulesOf,
): AsyncGenerator<AzureNet> {
  const [vms, states, interfaces, vnets, nsgs, publicAddresses, routeTables, firewalls] = await Promise.all([
    list("virtual machines", (options) => compute.virtualMachines.listAll(options)),
    list("power states", (options) => compute.virtualMachines.listAll({ ...options, statusOnly: "true" })),
    list("interfaces", (options) => network.networkInterfaces.listAll(options)),
    list("networks", (options) => network.virtualNetworks.listAll(options)),
    list("NSGs", (options) => network.networkSecurityGroups.listAll(options)),
    list("public addresses", (options) => network.publicIPAddresses.listAll(options)),
    list("route tables", (options) => network.routeTables.listAll(options)),
    list("firewalls", (options) => network.azureFirewalls.listAll(options)),
  ]);
  const networks = new Set(interfaces.flatMap((body) => referencesIn.interface(body).vnets));
  const adminRules = await Promise.all([...networks].map(adminRulesOf));
  const net = parseAzureNet({
    vms: withPower(vms, states),
    interfaces,
    vnets,
    nsgs,
    publicAddresses,
    routeTables,
    firewalls,
    adminRules,
  });
  const refs = net.vms.map(({ ref }) => ref).sort();
  for (let start = 0; start < refs.length; start += PAGE) yield netAround(net, refs.slice(start, start + PAGE));
  const idle = idleObjects(net);
  if (idle.length > 0) yield netAround(net, [], idle);
}

interface Body {
  readonly id: string;
  readonly properties: object;
}

const isBody = (value: unknown): value is Body =>
  typeof value === "object" &&
  value !== null &&
  "id" in value &&
  typeof value.id === "string" &&
  "properties" in value &&
  typeof value.properties === "object" &&
  value.properties !== null;

/** The list of bodies has no power states, that of power states is not promised to have whole bodies. */
function withPower(vms: readonly unknown[], states: readonly unknown[]): readonly unknown[] {
  const views = new Map(
    states
      .filter(isBody)
      .map(({ id, properties }) => [
        id.toLowerCase(),
        "instanceView" in properties ? properties.instanceView : undefined,
      ]),
  );
  return vms.map((vm) => {
    if (!isBody(vm)) return vm;
    const instanceView = views.get(vm.id.toLowerCase());
    return instanceView === undefined ? vm : { ...vm, properties: { ...vm.properties, instanceView } };
  });
}
