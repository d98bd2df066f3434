import type { ObjectId, VmRef } from "@sallyport/contracts";
import type { AzureNet, Vnet } from "./net.ts";
import { guardsOf } from "./path.ts";
import { indexOf } from "./spot.ts";

/** The part of a Net that some VMs depend on, and the NSGs and firewalls asked for besides: what a VM is judged by, and no more. */
export function netAround(net: AzureNet, refs: readonly VmRef[], objects: readonly ObjectId[] = []): AzureNet {
  const chosen = new Set(refs);
  const { interfaces: interfacesOf, spots: spotsOf } = indexOf(net);
  const interfaces = refs.flatMap(interfacesOf);
  const spots = refs.flatMap(spotsOf);
  const subnets = new Set<ObjectId>();
  const tables = new Set<ObjectId>();
  const networks = new Set<ObjectId>();
  for (const { subnet, routes, vnet } of spots) {
    if (subnet !== undefined) subnets.add(subnet.id);
    if (routes !== undefined) tables.add(routes.id);
    if (vnet !== undefined) networks.add(vnet.id);
  }
  const wanted = new Set([...refs.flatMap((ref) => guardsOf(net, ref)), ...objects]);
  const addresses = new Set<ObjectId>();
  for (const { configurations } of interfaces)
    for (const { publicAddress } of configurations) if (publicAddress !== undefined) addresses.add(publicAddress);
  const firewalls = net.firewalls.filter(
    ({ id }) => wanted.has(id) || spots.some(({ firewall }) => firewall?.is.id === id),
  );
  for (const { publicAddresses } of firewalls) for (const id of publicAddresses) addresses.add(id);
  for (const { subnets: own } of firewalls) for (const id of own) subnets.add(id);
  return {
    vms: net.vms.filter(({ ref }) => chosen.has(ref)),
    interfaces,
    vnets: net.vnets.flatMap((vnet) => withSubnets(vnet, subnets)),
    nsgs: net.nsgs.filter(({ id }) => wanted.has(id)),
    firewalls,
    publicAddresses: net.publicAddresses.filter(({ id }) => addresses.has(id)),
    routeTables: net.routeTables.filter(({ id }) => tables.has(id)),
    adminRules: net.adminRules.filter(({ vnet }) => networks.has(vnet)),
  };
}

function withSubnets(vnet: Vnet, wanted: ReadonlySet<ObjectId>): readonly Vnet[] {
  const subnets = vnet.subnets.filter(({ id }) => wanted.has(id));
  if (subnets.length === vnet.subnets.length && subnets.length > 0) return [vnet];
  return subnets.length > 0 ? [{ ...vnet, subnets }] : [];
}

/** The NSGs and firewalls on no VM's path: rules of ours may be left on one (P10). */
export function idleObjects(net: AzureNet): readonly ObjectId[] {
  const { spots } = indexOf(net);
  const onPath = new Set(
    net.vms.flatMap(({ ref }) => [
      ...guardsOf(net, ref),
      ...spots(ref).flatMap(({ firewall }) => firewall?.is.id ?? []),
    ]),
  );
  return [...net.nsgs, ...net.firewalls].flatMap(({ id }) => (onPath.has(id) ? [] : [id]));
}
