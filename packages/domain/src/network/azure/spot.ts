import { familyOf } from "@sallyport/contracts";
import type { Address, Family, ObjectId, VmRef } from "@sallyport/contracts";
import type { Stretch } from "../stretch.ts";
import { stretchIn } from "./extent.ts";
import type {
  AdminRules,
  AzureNet,
  AzureVm,
  Firewall,
  Interface,
  IpConfiguration,
  Nsg,
  PublicAddress,
  RouteTable,
  Subnet,
  Vnet,
} from "./net.ts";

/** One private address of a VM, where a packet arrives, with everything that decides about it. */
export interface Spot {
  readonly address: Address;
  readonly family: Family;
  readonly interface: Interface;
  readonly configuration: IpConfiguration;
  readonly subnet?: Subnet;
  readonly vnet?: Vnet;
  readonly routes?: RouteTable;
  /** The firewall of the same network, and how it stands to this address; IPv4 only. */
  readonly firewall?: AtFirewall;
  /** The NSGs that a packet from outside passes, in order: the subnet's, then the interface's. */
  readonly levels: readonly ObjectId[];
}

export interface AtFirewall {
  readonly is: Firewall;
  /** The addresses of its subnet, where nobody else can be: what it translates comes from there. */
  readonly hops: readonly Stretch[];
  /** The subnet's default route leads to it. */
  readonly isRouted: boolean;
}

/** A Net, found by id. */
export interface Index {
  /** Those of a network. */
  readonly adminRules: (vnet: ObjectId) => AdminRules | undefined;
  readonly firewall: (id: ObjectId) => Firewall | undefined;
  readonly nsg: (id: ObjectId) => Nsg | undefined;
  readonly publicAddress: (id: ObjectId) => PublicAddress | undefined;
  readonly machine: (vm: VmRef) => AzureVm | undefined;
  readonly interfaces: (vm: VmRef) => readonly Interface[];
  readonly spots: (vm: VmRef) => readonly Spot[];
  /** The NSGs on the paths to the VM, subnets' first. */
  readonly guards: (vm: VmRef) => readonly ObjectId[];
  /** Private addresses in the Net that belong to an application security group. */
  readonly members: (group: ObjectId) => readonly Address[];
}

const known = new WeakMap<AzureNet, Index>();

/** Built once for each Net: a Net never changes. */
export function indexOf(net: AzureNet): Index {
  const found = known.get(net);
  if (found !== undefined) return found;
  const index = build(net);
  known.set(net, index);
  return index;
}

const NONE: readonly never[] = [];

/**
 * Lets the index of a whole Net answer for a part of it, which holds all that its machines depend on: a survey gives out each part of
 * a subscription once, and making an index of each was an eighth of the work.
 */
export function indexPart(part: AzureNet, whole: AzureNet): void {
  const index = indexOf(whole);
  const own = new Set(part.vms.map(({ ref }) => ref));
  known.set(part, {
    ...index,
    machine: (vm) => (own.has(vm) ? index.machine(vm) : undefined),
    interfaces: (vm) => (own.has(vm) ? index.interfaces(vm) : NONE),
    spots: (vm) => (own.has(vm) ? index.spots(vm) : NONE),
    guards: (vm) => (own.has(vm) ? index.guards(vm) : NONE),
    members: membersOf(part),
  });
}

function byId<T extends { readonly id: ObjectId }>(all: readonly T[]): ReadonlyMap<ObjectId, T> {
  const found = new Map<ObjectId, T>();
  for (const one of all) found.set(one.id, one);
  return found;
}

function remembering<Found>(find: (vm: VmRef) => Found): (vm: VmRef) => Found {
  const known = new Map<VmRef, Found>();
  return (vm) => {
    const before = known.get(vm);
    if (before !== undefined) return before;
    const found = find(vm);
    known.set(vm, found);
    return found;
  };
}

const levelsOf = (subnets: ObjectId | undefined, own: ObjectId | undefined): readonly ObjectId[] =>
  subnets === undefined || subnets === own
    ? own === undefined
      ? []
      : [own]
    : own === undefined
      ? [subnets]
      : [subnets, own];

function distinct([first = [], ...others]: readonly (readonly ObjectId[])[]): readonly ObjectId[] {
  return others.length === 0 ? first : [...new Set([...first, ...others.flat()])];
}

function build(net: AzureNet): Index {
  const [nsgs, publicAddresses, routeTables] = [byId(net.nsgs), byId(net.publicAddresses), byId(net.routeTables)];
  const [interfaces, firewalls] = [byId(net.interfaces), byId(net.firewalls)];
  const adminRules = new Map(net.adminRules.map((one) => [one.vnet, one]));
  const subnets = new Map<ObjectId, { readonly vnet: Vnet; readonly subnet: Subnet }>();
  for (const vnet of net.vnets) for (const subnet of vnet.subnets) subnets.set(subnet.id, { vnet, subnet });
  const vms = new Map(net.vms.map((vm) => [vm.ref, vm]));
  const interfacesOf = remembering((vm: VmRef): readonly Interface[] => {
    const found: Interface[] = [];
    for (const id of vms.get(vm)?.interfaces ?? []) {
      const one = interfaces.get(id);
      if (one !== undefined) found.push(one);
    }
    return found;
  });
  const spotOf = (at: Interface, configuration: IpConfiguration, address: Address): Spot => {
    const place = configuration.subnet === undefined ? undefined : subnets.get(configuration.subnet);
    const routes = place?.subnet.routeTable === undefined ? undefined : routeTables.get(place.subnet.routeTable);
    const family = familyOf(address);
    const firewall = family === "ipv4" ? firewallOf(net, place?.vnet, routes) : undefined;
    return {
      address,
      family,
      interface: at,
      configuration,
      levels: levelsOf(place?.subnet.nsg, at.nsg),
      ...place,
      ...(routes !== undefined && { routes }),
      ...(firewall !== undefined && { firewall }),
    };
  };
  const spotsOf = remembering((vm: VmRef): readonly Spot[] => {
    const spots: Spot[] = [];
    for (const at of interfacesOf(vm))
      for (const configuration of at.configurations)
        if (configuration.address !== undefined) spots.push(spotOf(at, configuration, configuration.address));
    return spots;
  });
  return {
    adminRules: (vnet) => adminRules.get(vnet),
    firewall: (id) => firewalls.get(id),
    nsg: (id) => nsgs.get(id),
    publicAddress: (id) => publicAddresses.get(id),
    machine: (vm) => vms.get(vm),
    interfaces: interfacesOf,
    spots: spotsOf,
    guards: remembering((vm) => distinct(spotsOf(vm).map(({ levels }) => levels))),
    members: membersOf(net),
  };
}

const membersOf =
  ({ interfaces }: AzureNet): Index["members"] =>
  (group) =>
    interfaces.flatMap(({ configurations }) =>
      configurations.flatMap(({ groups, address }) =>
        address !== undefined && groups.includes(group) ? [address] : [],
      ),
    );

/** A network has one firewall at most: the subnet for it has one name. */
function firewallOf(net: AzureNet, vnet: Vnet | undefined, routes: RouteTable | undefined): AtFirewall | undefined {
  if (net.firewalls.length === 0) return undefined;
  const is = net.firewalls.find(({ subnets }) => subnets.some((id) => vnet?.id === vnetOf(id)));
  if (is === undefined || vnet === undefined) return undefined;
  const prefixes = vnet.subnets.filter(({ id }) => is.subnets.includes(id)).flatMap((subnet) => subnet.prefixes);
  const hops = prefixes.flatMap((text) => {
    const range = stretchIn(text);
    return range?.family === "ipv4" ? [{ first: range.first, last: range.last }] : [];
  });
  const isRouted =
    routes?.routes.some(
      ({ prefix, nextHop, nextHopAddress }) =>
        prefix === "0.0.0.0/0" && nextHop === "virtualappliance" && is.addresses.some((own) => own === nextHopAddress),
    ) === true;
  return { is, hops, isRouted };
}

/** The network that a subnet is in. */
export const vnetOf = (subnet: ObjectId): string => subnet.replace(/\/subnets\/[^/]*$/, "");
