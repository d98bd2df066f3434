import { contains, parsePrefix } from "./address.ts";
import type { Address } from "./address.ts";
import { keyOf } from "./estate.ts";
import type { Estate } from "./estate.ts";
import { peeringStateOf } from "./peering.ts";
import type { Subnet, Vnet } from "./resources.ts";

/** One route of a subnet: its own table's, or one of those that every network has. */
export interface EffectiveRoute {
  readonly source: "User" | "Default";
  readonly name?: string;
  /** A range, or a service tag. */
  readonly prefix: string;
  /** As in `VnetLocal`, `VNetPeering`, `Internet`, `VirtualAppliance`, `VirtualNetworkGateway`, `None`. */
  readonly hop: string;
  readonly address?: string;
  /** A route of the subnet's own table takes the place of a default one with the same range. */
  readonly isActive: boolean;
  /** The table that it is from. */
  readonly table?: string;
}

/** Private ranges that lead nowhere unless something says otherwise (recorded). */
const NOWHERE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

export function routesOf(estate: Estate, vnet: Vnet, subnet: Subnet): readonly EffectiveRoute[] {
  const table = estate.routeTable(subnet.properties.routeTable?.id ?? "");
  const own = (table?.properties.routes ?? []).map(({ name, properties }): EffectiveRoute => ({
    source: "User",
    name,
    prefix: properties.addressPrefix ?? "",
    hop: properties.nextHopType,
    isActive: true,
    ...(table && { table: table.id }),
    ...(properties.nextHopIpAddress && { address: properties.nextHopIpAddress }),
  }));
  const peered = vnet.properties.virtualNetworkPeerings.flatMap((peering) => {
    if (peeringStateOf(vnet, peering, estate.vnet).toLowerCase() !== "connected") return [];
    const { remoteAddressSpace, remoteVirtualNetwork } = peering.properties;
    const space = remoteAddressSpace ?? estate.vnet(remoteVirtualNetwork?.id ?? "")?.properties.addressSpace;
    return space?.addressPrefixes ?? [];
  });
  const standing = (prefix: string, hop: string): EffectiveRoute => ({
    source: "Default",
    prefix,
    hop,
    isActive: !own.some((route) => keyOf(route.prefix) === keyOf(prefix)),
  });
  return [
    ...vnet.properties.addressSpace.addressPrefixes.map((prefix) => standing(prefix, "VnetLocal")),
    ...peered.map((prefix) => standing(prefix, "VNetPeering")),
    standing("0.0.0.0/0", "Internet"),
    standing("::/0", "Internet"),
    ...NOWHERE.map((prefix) => standing(prefix, "None")),
    ...own,
  ];
}

/** Where a packet to this address goes next: the longest range decides, and among equals the subnet's own table. */
export function nextHop(routes: readonly EffectiveRoute[], to: Address): EffectiveRoute | undefined {
  let best: { readonly route: EffectiveRoute; readonly length: number } | undefined;
  for (const route of routes) {
    const prefix = parsePrefix(route.prefix);
    if (!route.isActive || prefix === undefined || !contains(prefix, to)) continue;
    if (best === undefined || prefix.length > best.length) best = { route, length: prefix.length };
    else if (prefix.length === best.length && route.source === "User") best = { route, length: prefix.length };
  }
  return best?.route;
}
