import type { ObjectId, VmRef } from "@sallyport/contracts";
import type { AzureNet, Interface, Vnet } from "./net.ts";
import { guardsOf } from "./path.ts";
import { indexOf, indexPart } from "./spot.ts";

/** The part of a Net that some VMs depend on, and the NSGs and firewalls asked for besides: what a VM is judged by, and no more. */
export function netAround(net: AzureNet, refs: readonly VmRef[], objects: readonly ObjectId[] = []): AzureNet {
  const { interfaces: interfacesOf, spots: spotsOf, machine, nsg, publicAddress } = indexOf(net);
  const chosen = new Set(refs);
  const interfaces = new Set<Interface>();
  const wanted = new Set<ObjectId>();
  const [subnets, tables, addresses] = [new Set<ObjectId>(), new Set<ObjectId>(), new Set<ObjectId>()];
  const [networks, walls] = [new Set<ObjectId>(), new Set<ObjectId>()];
  for (const ref of chosen) {
    for (const one of interfacesOf(ref)) {
      interfaces.add(one);
      for (const { publicAddress: id } of one.configurations) if (id !== undefined) addresses.add(id);
    }
    for (const { subnet, routes, vnet, firewall } of spotsOf(ref)) {
      if (subnet !== undefined) subnets.add(subnet.id);
      if (routes !== undefined) tables.add(routes.id);
      if (vnet !== undefined) networks.add(vnet.id);
      if (firewall !== undefined) walls.add(firewall.is.id);
    }
    for (const id of guardsOf(net, ref)) wanted.add(id);
  }
  for (const id of objects) wanted.add(id);
  const firewalls = net.firewalls.filter(({ id }) => wanted.has(id) || walls.has(id));
  for (const { publicAddresses } of firewalls) for (const id of publicAddresses) addresses.add(id);
  for (const { subnets: own } of firewalls) for (const id of own) subnets.add(id);
  const part: AzureNet = {
    vms: found(chosen, machine),
    interfaces: [...interfaces],
    vnets: net.vnets.flatMap((vnet) => withSubnets(vnet, subnets)),
    nsgs: found(wanted, nsg),
    firewalls,
    publicAddresses: found(addresses, publicAddress),
    routeTables: net.routeTables.filter(({ id }) => tables.has(id)),
    adminRules: net.adminRules.filter(({ vnet }) => networks.has(vnet)),
  };
  indexPart(part, net);
  return part;
}

function found<Id, One>(ids: Iterable<Id>, find: (id: Id) => One | undefined): readonly One[] {
  const all: One[] = [];
  for (const id of ids) {
    const one = find(id);
    if (one !== undefined) all.push(one);
  }
  return all;
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
