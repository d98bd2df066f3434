import { familyOf } from "@sallyport/contracts";
import type { Address, Family, ObjectId, VmRef } from "@sallyport/contracts";
import type { AzureNet, Interface, IpConfiguration, Nsg, PublicAddress, RouteTable, Subnet, Vnet } from "./net.ts";

/** One private address of a VM, where a packet arrives, with everything that decides about it. */
export interface Spot {
  readonly address: Address;
  readonly family: Family;
  readonly interface: Interface;
  readonly configuration: IpConfiguration;
  readonly subnet?: Subnet;
  readonly vnet?: Vnet;
  readonly routes?: RouteTable;
  /** The NSGs that a packet from outside passes, in order: the subnet's, then the interface's. */
  readonly levels: readonly ObjectId[];
}

/** A Net, found by id. */
export interface Index {
  readonly nsg: (id: ObjectId) => Nsg | undefined;
  readonly publicAddress: (id: ObjectId) => PublicAddress | undefined;
  readonly interfaces: (vm: VmRef) => readonly Interface[];
  readonly spots: (vm: VmRef) => readonly Spot[];
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

const byId = <T extends { readonly id: ObjectId }>(all: readonly T[]): ReadonlyMap<ObjectId, T> =>
  new Map(all.map((one) => [one.id, one]));

function build(net: AzureNet): Index {
  const [nsgs, publicAddresses, routeTables] = [byId(net.nsgs), byId(net.publicAddresses), byId(net.routeTables)];
  const interfaces = byId(net.interfaces);
  const subnets = new Map(
    net.vnets.flatMap((vnet) => vnet.subnets.map((subnet) => [subnet.id, { vnet, subnet }] as const)),
  );
  const vms = new Map(net.vms.map((vm) => [vm.ref, vm]));
  const interfacesOf = (vm: VmRef) => vms.get(vm)?.interfaces.flatMap((id) => interfaces.get(id) ?? []) ?? [];
  const spotsOf = (vm: VmRef): readonly Spot[] =>
    interfacesOf(vm).flatMap((at) =>
      at.configurations.flatMap((configuration) => {
        const { address } = configuration;
        if (address === undefined) return [];
        const place = configuration.subnet === undefined ? undefined : subnets.get(configuration.subnet);
        const routes = place?.subnet.routeTable === undefined ? undefined : routeTables.get(place.subnet.routeTable);
        const levels = [place?.subnet.nsg, at.nsg].filter((id) => id !== undefined);
        return [
          {
            address,
            family: familyOf(address),
            interface: at,
            configuration,
            levels: [...new Set(levels)],
            ...place,
            ...(routes !== undefined && { routes }),
          },
        ];
      }),
    );
  const spots = new Map<VmRef, readonly Spot[]>();
  return {
    nsg: (id) => nsgs.get(id),
    publicAddress: (id) => publicAddresses.get(id),
    interfaces: interfacesOf,
    spots: (vm) => {
      const found = spots.get(vm) ?? spotsOf(vm);
      spots.set(vm, found);
      return found;
    },
    members: (group) =>
      net.interfaces.flatMap(({ configurations }) =>
        configurations.flatMap(({ groups, address }) =>
          address !== undefined && groups.includes(group) ? [address] : [],
        ),
      ),
  };
}
