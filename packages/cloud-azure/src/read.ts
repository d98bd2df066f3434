import { azureParts, SallyportError } from "@sallyport/contracts";
import type { VmRef } from "@sallyport/contracts";
import { RECENT_MS } from "@sallyport/cloud";
import type { Looked } from "@sallyport/cloud";
import { netAround, parseAzureNet, referencesIn } from "@sallyport/domain";
import type { ArmBodies, AzureNet } from "@sallyport/domain";
import type { AdminRulesOf } from "./admin-rules.ts";
import type { Arm, ArmOf } from "./arm.ts";
import { armIdOf } from "./arm-id.ts";
import type { ArmId } from "./arm-id.ts";

type Fetch = (arm: Arm, id: ArmId) => Promise<unknown>;

const fetchers = {
  networkinterfaces: (arm, { group, name }) =>
    arm.get(`interface ${name}`, (options) => arm.network.networkInterfaces.get(group, name, options)),
  virtualnetworks: (arm, { group, name }) =>
    arm.get(`network ${name}`, (options) => arm.network.virtualNetworks.get(group, name, options)),
  networksecuritygroups: (arm, { group, name }) =>
    arm.get(`NSG ${name}`, (options) => arm.network.networkSecurityGroups.get(group, name, options)),
  publicipaddresses: (arm, { group, name }) =>
    arm.get(`public address ${name}`, (options) => arm.network.publicIPAddresses.get(group, name, options)),
  routetables: (arm, { group, name }) =>
    arm.get(`route table ${name}`, (options) => arm.network.routeTables.get(group, name, options)),
  azurefirewalls: (arm, { group, name }) =>
    arm.get(`firewall ${name}`, (options) => arm.network.azureFirewalls.get(group, name, options)),
} as const satisfies Record<string, Fetch>;

/** What decides about packets is read afresh always. */
const DECIDES: ReadonlySet<string> = new Set(["networksecuritygroups", "azurefirewalls"]);

/**
 * Everything on today's paths of some VMs, fresh, and the NSGs and firewalls named. For one VM with one interface: the VM, its interface, its
 * network, its public address and its one or two NSGs: 5 or 6 calls in four rounds, and one for a route table where there is one; beside
 * a firewall two more, in a round more. The network's security admin rules are asked for once a minute.
 */
export async function readAround(
  armOf: ArmOf,
  adminRulesOf: AdminRulesOf,
  { vms: refs, objects: named, recentPath = false }: Looked,
): Promise<AzureNet> {
  const recentMs = (type: string) => (recentPath && !DECIDES.has(type) ? RECENT_MS : 0);
  const asked = new Map<string, Promise<unknown>>();
  const fetchOnce = (id: string): Promise<unknown> => {
    const known = asked.get(id);
    if (known !== undefined) return known;
    const parts = armIdOf(id);
    const fetch = Object.entries(fetchers).find(([type]) => type === parts?.type)?.[1];
    const look = () => {
      if (parts === undefined || fetch === undefined) return Promise.resolve(undefined);
      const arm = armOf(parts.subscription);
      return arm.shared(id.toLowerCase(), () => fetch(arm, parts), recentMs(parts.type));
    };
    const body = look();
    asked.set(id, body);
    return body;
  };
  const all = async (ids: Iterable<string>): Promise<readonly unknown[]> =>
    (await Promise.all([...new Set(ids)].map(fetchOnce))).filter((body) => body !== undefined);

  const ofType = (type: string) => named.filter((id) => armIdOf(id)?.type === type);
  const [nsgsNamed, firewallsNamed] = [ofType("networksecuritygroups"), ofType("azurefirewalls")];
  const [vms, namedNsgs, namedFirewalls] = await Promise.all([
    Promise.all([...new Set(refs)].map((ref) => readVm(armOf, ref, recentMs("virtualmachines")))),
    all(nsgsNamed),
    all(firewallsNamed),
  ]);
  const present = vms.filter((body) => body !== undefined);
  const interfaces = await all(present.flatMap((body) => referencesIn.vm(body)));
  const around = interfaces.map((body) => referencesIn.interface(body));
  const networks = [...new Set(around.flatMap((found) => found.vnets))];
  const [vnets, publicAddresses, ownNsgs, adminRules] = await Promise.all([
    all(networks),
    all(around.flatMap((found) => found.publicAddresses)),
    all(around.flatMap((found) => found.nsgs)),
    Promise.all(networks.map(adminRulesOf)),
  ]);
  const used = new Set(around.flatMap((found) => found.subnets));
  const behind = vnets.map((body) => referencesIn.vnet(body, used));
  const [subnetNsgs, routeTables, ownFirewalls] = await Promise.all([
    all(behind.flatMap((found) => found.nsgs)),
    all(behind.flatMap((found) => found.routeTables)),
    all(behind.flatMap((found) => found.firewalls)),
  ]);
  const firewalls = [...new Set([...namedFirewalls, ...ownFirewalls])];
  const firewallAddresses = await all(firewalls.flatMap((body) => referencesIn.firewall(body)));
  const bodies: ArmBodies = {
    vms: present,
    interfaces,
    vnets,
    publicAddresses: [...new Set([...publicAddresses, ...firewallAddresses])],
    firewalls,
    // One NSG may have been met in several ways; it was fetched once.
    nsgs: [...new Set([...namedNsgs, ...ownNsgs, ...subnetNsgs])],
    routeTables,
    adminRules,
  };
  const net = parseAzureNet(bodies);
  return netAround(
    net,
    net.vms.map(({ ref }) => ref),
    [...nsgsNamed, ...firewallsNamed],
  );
}

function readVm(armOf: ArmOf, ref: VmRef, recentMs: number): Promise<unknown> {
  const { subscription, group, name } = azureParts(ref);
  if (subscription === "")
    throw new SallyportError({ code: "vm.unknown", detail: `${ref} is no Azure virtual machine` });
  const arm = armOf(subscription);
  const look = () =>
    arm.get(`virtual machine ${name}`, (options) =>
      arm.compute.virtualMachines.get(group, name, { ...options, expand: "instanceView" }),
    );
  return arm.shared(ref, look, recentMs);
}
